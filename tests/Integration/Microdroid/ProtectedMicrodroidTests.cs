using Integration.Hosts;
using Integration.ProtectedVm;

namespace Integration.Microdroid;

/// <summary>The Microdroid-style guest as a protected VM: its firmware, its secrets, what is kept of them on the host.</summary>
[Collection(ProtectedKvmCollection.Name)]
public sealed class ProtectedMicrodroidTests(ProtectedKvm pkvm) : ProtectedTests(pkvm)
{
    private const string RunApp = "--protected --storage $W/one.storage --payload-binary-name c-payload.so";
    private const string Text = "what-only-the-payload-knows";

    [SkippableFact]
    public async Task A_guest_without_a_payload_of_its_own_is_ready_listed_and_stopped()
    {
        await using GuestProcess guest = GuestProcess.Start(Work, "empty", "run-microdroid --protected --debug none");
        int cid = await guest.Ready();
        Assert.Contains($"cid: {cid},", (await Work.RunVm("vm list")).Output, StringComparison.Ordinal);

        (await Work.RunVm($"vm stop {cid}")).ShouldExitWith(0);

        GuestEnd end = (await guest.End()).ShouldEndWith("Killed", 1);
        // Nothing of a guest that may not be debugged is seen: not one line beside what vm tells.
        Assert.All(end.Lines, static line => Assert.Matches("^(creating work dir|found path|apk.idsig path|instance.img path|Created VM from|payload |VM ended)", line));
        Assert.Equal("Running VMs: []\n", (await Work.RunVm("vm list")).Output);
    }

    [SkippableFact]
    public async Task An_instance_has_its_secret_and_its_files_again_and_nothing_else_has_them()
    {
        string secret;
        await using (GuestProcess first = GuestProcess.StartApp(Work, "one", "payloads/c-payload.apk", RunApp))
        {
            string[] said = await Work.AskPayload(
                await first.Ready(), 5678, "new-instance", "secret:a", "secret:a", "secret:b", $"write:{Text}.txt:{Text}", $"read:{Text}.txt", "boots", "exit:0");
            Assert.Equal(("yes", Text, "1"), (said[0], said[5], said[6]));
            Assert.Matches("^[0-9a-f]{64}$", said[1]);
            Assert.Equal(said[1], said[2]);
            Assert.NotEqual(said[1], said[3]);
            secret = said[1];
            (await first.End()).ShouldEndWith("Shutdown", 0);
        }

        await ShouldBeEncrypted(secret);

        await using (GuestProcess again = GuestProcess.StartApp(Work, "one", "payloads/c-payload.apk", RunApp))
        {
            Assert.Equal(["no", secret, Text, "2", "done"], await Work.AskPayload(await again.Ready(), 5678, "new-instance", "secret:a", $"read:{Text}.txt", "boots", "exit:5"));
            (await again.End()).ShouldEndWith("Shutdown", 5);
        }

        await using (GuestProcess other = GuestProcess.StartApp(Work, "two", "payloads/c-payload.apk", RunApp.Replace("one", "two", StringComparison.Ordinal)))
        {
            string[] said = await Work.AskPayload(await other.Ready(), 5678, "new-instance", "secret:a", $"read:{Text}.txt", "boots", "exit:0");
            Assert.Equal(("yes", "none", "1"), (said[0], said[2], said[3]));
            Assert.NotEqual(secret, said[1]);
            (await other.End()).ShouldEndWith("Shutdown", 0);
        }

        await using GuestProcess changed = GuestProcess.StartApp(Work, "one", "payloads/c-payload-2.apk", RunApp);
        (await changed.End()).ShouldRefuse("PAYLOAD_CHANGED", "MicrodroidPayloadHasChanged", "the APK");
    }

    [SkippableFact]
    public async Task A_payload_has_no_rights_and_cannot_reach_what_the_firmware_handed_over()
    {
        await using GuestProcess guest = GuestProcess.StartApp(Work, "app", GuestRules.Inspect, "--protected --config-path assets/vm_config.json");

        GuestEnd end = (await guest.End()).ShouldEndWith("Shutdown", 7);

        GuestRules.CheckRights(end);
        Assert.Contains("/dev/open-dice0 is refused", end.Section("devices"));
    }

    [SkippableFact]
    public async Task A_kernel_with_a_flipped_bit_is_refused_by_the_firmware()
    {
        const string Kernel = "home/etc/fs/microdroid_kernel";
        await using GuestProcess guest = GuestProcess.StartApp(
            Work, "app", "payloads/c-payload.apk", RunApp, VmCommand.CopyHome + "copy_home etc/fs/microdroid_kernel\n" + FlippedBit.Line("$W/" + Kernel, Kernel, 0x10000));

        (await guest.End()).ShouldRefuse(null, "PvmFirmwarePublicKeyMismatch", "");
    }

    /// <summary>Neither what the payload stored nor its name, nor the secret, nor a file system's mark is on the host's files.</summary>
    private async Task ShouldBeEncrypted(string secret)
    {
        // ext4: the superblock's magic at byte 1080, its label of busy directories ("lost+found") anywhere.
        CommandResult search = await Work.Run(
            $"""
            grep -c -e {Text} -e lost+found -e {secret} $W/one.img $W/one.storage
            cat $W/one.img $W/one.storage | od -An -v -tx1 | tr -d ' \n' | grep -c {secret}
            dd if=$W/one.storage bs=1 skip=1080 count=2 2>/dev/null | od -An -tx1
            """);
        string[] lines = search.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal($"{Work.Path}/one.img:0 {Work.Path}/one.storage:0 0", string.Join(' ', lines[..3]));
        Assert.NotEqual(" 53 ef", lines[3]);
    }
}
