using Integration.Hosts;
using Integration.Refusals;

namespace Integration.Firmware;

/// <summary>Boots of one instance and of others on one disk, in an order: each sees what those before it left.</summary>
internal static class InstanceSequence
{
    private const string Changed = "INSTANCE_IMAGE_CHANGED";
    private const string Failed = "INTERNAL_ERROR";
    private const string OnDisk = "--device-secret $W/device-secret --block $W/disk.img,type=composite";

    private static readonly TestPayload s_payload = new() { Code = TestPayload.Guest("dice"), Capabilities = null, RollbackIndex = 7 };

    private static readonly BootCase[] s_boots =
    [
        Boot("a new instance") with
        {
            Before = "./vmm image create-instance $W/instance.img && cp $W/instance.img $W/empty && ./vmm create_composite $W/disk.img vm-instance:$W/instance.img:writable",
        },
        Boot("the same again") with { Before = "cp $W/instance.img $W/first" },
        Boot("a newer version", Changed, s_payload with { Code = [.. s_payload.Code, 1], RollbackIndex = 8 }),
        Boot("an older version", Changed, s_payload with { Code = [.. s_payload.Code, 0], RollbackIndex = 6 }),
        Boot("the same code as another version", null, s_payload with { RollbackIndex = 6 }),
        Boot("another ramdisk", Changed, s_payload with { Normal = TestPayload.Bytes("another") }),
        Boot("debug mode", Changed) with { Initrd = s_payload.Debug },
        Boot("another device", Changed) with { Options = OnDisk.Replace("$W/device-secret", "$W/other-secret", StringComparison.Ordinal) },
        Boot("a bit of the record", Changed) with { Before = Break(1024 + 40) },
        Boot("a bit of the nonce", Changed) with { Before = Break(1024) },
        Boot("a bit of the tag", Changed) with { Before = Break(1024 + 220) },
        Boot("a bit behind the record", Changed) with { Before = Break(1024 + 300) },
        Boot("a bit of the entrys length", Changed) with { Before = Break(512 + 16) },
        Boot("a bit of the entrys zeros", Changed) with { Before = Break(512 + 100) },
        Boot("a bit of the magic", Changed) with { Before = Break(3) },
        Boot("a record that is cut off", Changed) with
        {
            Before = "cp $W/first $W/instance.img; dd if=/dev/zero of=$W/instance.img bs=1 seek=1100 count=200 conv=notrunc 2>/dev/null",
        },
        Boot("a disk that is read-only", null) with { Before = "cp $W/first $W/instance.img", Options = $"{OnDisk},ro" },
        Boot("the image brought back") with { Before = "cp $W/first $W/instance.img" },
        Boot("a new instance on a disk that is read-only", Failed) with { Before = "cp $W/empty $W/instance.img", Options = $"{OnDisk},ro" },
        Boot("no disk", Failed) with { Options = "--device-secret $W/device-secret" },
        Boot("a disk without the partition", Failed) with { Options = "--device-secret $W/device-secret --block $W/first" },
        Boot("the image from before the first boot") with { Before = "cp $W/empty $W/instance.img" },
        Boot("the image of another instance", Changed, s_payload with { Code = [.. s_payload.Code, 2] }) with { Before = ":" },
        Boot("another partition behind another disk") with
        {
            Before = "cp $W/first $W/instance.img",
            Options = OnDisk.Replace("--block", "--block $W/empty --block", StringComparison.Ordinal),
        },
    ];

    /// <summary>Boots them, and compares the secrets of those that start.</summary>
    public static async Task Run(Workspace work, string option)
    {
        IReadOnlyList<BootResult> results = await BootTable.RunInOrder(work, option, s_boots, ("other-secret", new byte[32]));

        string Secrets(string name) => results.Single(result => result.Name == name).Console;
        string first = Secrets("a new instance");
        Assert.Matches("^handover a3015820[0-9a-f]{64}025820[0-9a-f]{64}0383", first);
        Assert.Equal(first, Secrets("the same again"));
        Assert.Equal(first, Secrets("a disk that is read-only"));
        Assert.Equal(first, Secrets("the image brought back"));
        Assert.Equal(first, Secrets("another partition behind another disk"));
        string second = Secrets("the image from before the first boot");
        Assert.NotEqual(Attest(first), Attest(second));
        Assert.NotEqual(Seal(first), Seal(second));
        string resigned = Secrets("the same code as another version");
        Assert.NotEqual(Attest(first), Attest(resigned));
        Assert.Equal(Seal(first), Seal(resigned));

        // A file that became shorter than the disk that it is a part of does not come as far as the firmware.
        string run = $"./vmm --extended-status --log-level error run {option} $W/pvmfw.img {OnDisk} --mem 64 --swiotlb 4 --initrd $W/0/initrd $W/0/kernel </dev/null";
        Refusal.Check(await work.Run($"truncate -s 1024 $W/instance.img; {run}"), 1, "$W/instance.img, which has 1024".Replace("$W", work.Path, StringComparison.Ordinal));
    }

    /// <summary>The secret for attestation in what was printed: behind the heads of a map, a key and a string of 32 bytes.</summary>
    private static string Attest(string handover) => handover.Substring("handover a3015820".Length, 64);

    private static string Seal(string handover) => handover.Substring("handover a3015820025820".Length + 64, 64);

    private static BootCase Boot(string name, string? refusal = null, TestPayload? payload = null) =>
        new(name, refusal, payload ?? s_payload) { Options = OnDisk };

    /// <summary>Changes a byte of the image as it was after the first boot.</summary>
    private static string Break(int at) => $"""
        cp $W/first $W/instance.img
        byte=$(dd if=$W/first bs=1 skip={at} count=1 2>/dev/null | od -An -tu1)
        printf "\\$(printf %o $((byte ^ 1)))" | dd of=$W/instance.img bs=1 seek={at} conv=notrunc 2>/dev/null
        """;
}
