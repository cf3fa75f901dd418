using Integration.Hosts;

namespace Integration.Microdroid;

/// <summary>One flipped bit, in whatever a guest is made of: the host is told what it is, and nothing of the payload runs.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class TamperedGuestTests(PlainKvm plain) : HostTests(plain.Host)
{
    private const string Super = "home/etc/fs/microdroid_super.img";
    private const string Vbmeta = "home/etc/fs/microdroid_vbmeta.img";
    private const string App = "payloads/c-payload.apk";
    private const string Module = "payloads/com.example.test.apex";
    private const string RunApp = "--payload-binary-name c-payload.so";

    // linux/fs/erofs/erofs_fs.h: the superblock begins with its magic, 1024 bytes into the image.
    private static readonly byte[] s_erofs = [0xe2, 0xe1, 0xf5, 0xe0];
    private static readonly byte[] s_elf = [0x7f, (byte)'E', (byte)'L', (byte)'F'];

    // RFC 8017, A.1: rsaEncryption with its NULL, in an AlgorithmIdentifier.
    private static readonly byte[] s_rsa = [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

    [Fact]
    public async Task A_system_with_a_flipped_bit_in_its_superblock_resets_the_guest()
    {
        GuestEnd end = await Run(VmCommand.CopyHome + "copy_home etc/fs/microdroid_super.img\n" + FlippedBit.Line("$W/" + Super, Super, FlippedBit.Find(Super, s_erofs) + 16));

        end.ShouldRefuse(null, "Reboot", "");
    }

    [Fact]
    public async Task A_vbmeta_with_a_flipped_bit_is_refused_by_the_first_process()
    {
        GuestEnd end = await Run(VmCommand.CopyHome + "copy_home etc/fs/microdroid_vbmeta.img\n" + FlippedBit.Line("$W/" + Vbmeta, Vbmeta, 300));

        end.ShouldRefuse(null, "MicrodroidUnknownRuntimeError", "vbmeta_a has not the digest in the bootconfig");
    }

    [Fact]
    public async Task An_APK_whose_content_is_not_what_was_signed_is_refused_with_an_idsig_of_what_it_is()
    {
        GuestEnd end = await RunCopy(FlippedBit.Line("$W/app.apk", App, Content));

        end.ShouldRefuse("PAYLOAD_VERIFICATION_FAILED", "MicrodroidPayloadVerificationFailed", "microdroid-apk: the content is not what was signed");
    }

    [Fact]
    public async Task An_APK_that_is_not_the_one_of_its_idsig_is_refused_as_it_is_read()
    {
        GuestEnd end = await RunCopy($"vm create-idsig $W/app.apk $W/app.idsig && {FlippedBit.Line("$W/app.apk", App, Content)}");

        end.ShouldRefuse("PAYLOAD_VERIFICATION_FAILED", "MicrodroidPayloadVerificationFailed", "microdroid-apk");
    }

    [Fact]
    public async Task An_APK_with_a_flipped_bit_in_its_signature_is_refused()
    {
        // The signer's public key comes last in the signing block, right behind the signature.
        GuestEnd end = await RunCopy(FlippedBit.Line("$W/app.apk", App, FlippedBit.Find(App, s_rsa, last: true) - 40));

        end.ShouldRefuse("PAYLOAD_VERIFICATION_FAILED", "MicrodroidPayloadVerificationFailed", "is not one of the signer's key");
    }

    [Theory]
    // idsig (APK signature scheme v4): the root hash follows 21 bytes of version, sizes, algorithm, block size and salt; the tree is what the file ends with.
    [InlineData("21")]
    [InlineData("$(($(stat -c %s $W/app.idsig) - 4096))")]
    public async Task An_idsig_with_a_flipped_bit_in_its_root_or_its_tree_is_refused(string offset)
    {
        GuestEnd end = await RunCopy($"vm create-idsig $W/app.apk $W/app.idsig && {FlippedBit.LineOnHost("$W/app.idsig", offset)}");

        end.ShouldRefuse("PAYLOAD_VERIFICATION_FAILED", "MicrodroidPayloadVerificationFailed", "microdroid-apk");
    }

    [Fact]
    public async Task An_APEX_whose_vbmeta_has_a_flipped_bit_is_refused()
    {
        GuestEnd end = await RunWithModule(FlippedBit.Find(Module, "AVB0"u8) + 300);

        end.ShouldRefuse("PAYLOAD_VERIFICATION_FAILED", "MicrodroidPayloadVerificationFailed", "the vbmeta of apex_payload.img is refused");
    }

    [Fact]
    public async Task An_APEX_with_a_flipped_bit_in_its_file_system_is_not_mounted()
    {
        GuestEnd end = await RunWithModule(FlippedBit.Find(Module, s_erofs) + 16);

        end.ShouldRefuse("UNKNOWN", "MicrodroidUnknownRuntimeError", "error");
    }

    [Fact]
    public async Task An_APK_without_a_signature_or_cut_short_does_not_get_as_far_as_a_guest()
    {
        CommandResult run = await Work.RunVm(
            $"""
            head -c 40000 {App} >$W/cut.apk
            vm run-app $W/cut.apk $W/cut.idsig $W/cut.img {RunApp} </dev/null; echo $?
            vm run-app guests/poweroff.img $W/no.idsig $W/no.img {RunApp} </dev/null; echo $?
            """);

        Assert.Equal("1\n1\n", run.Output);
        string[] lines = run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.All(lines, static line => Assert.Matches("^vm: cannot make the idsig of .*the APK is not signed with APK signature scheme v3: ", line));
    }

    private static long Content => FlippedBit.Find(App, s_elf) + 0x800;

    private Task<GuestEnd> Run(string before) => End(GuestProcess.StartApp(Work, "app", App, RunApp, before));

    private Task<GuestEnd> RunCopy(string before) =>
        End(GuestProcess.StartApp(Work, "app", "$W/app.apk", RunApp, $"{VmCommand.Setup} cp {App} $W/app.apk; {before}"));

    private Task<GuestEnd> RunWithModule(long offset) => End(GuestProcess.StartApp(
        Work,
        "app",
        GuestRules.Inspect,
        "--config-path assets/vm_config_all.json --extra-idsig $W/extra.idsig",
        VmCommand.CopyHome + $"copy_home; cp {Module} $W/home/etc/apex; chmod u+w $W/home/etc/apex/*\n" + FlippedBit.Line("$W/home/etc/apex/com.example.test.apex", Module, offset)));

    private static async Task<GuestEnd> End(GuestProcess started)
    {
        await using GuestProcess guest = started;
        return await guest.End();
    }
}
