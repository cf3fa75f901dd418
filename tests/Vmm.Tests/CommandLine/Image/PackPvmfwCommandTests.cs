using System.CommandLine;
using BootLoader.Dice;
using BootLoader.Dice.Making;
using BootLoader.Fdt;
using BootLoader.Firmware;
using Vmm.CommandLine.Image;
using Vmm.Outcome;

namespace Vmm.Tests.CommandLine.Image;

public sealed class PackPvmfwCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pvmfw-").FullName;
    private readonly byte[] _handover = HandoverMaker.Make(new byte[32], FirmwareMeasurement.Of([1], [2], DiceMode.Normal, securityVersion: 0));

    public PackPvmfwCommandTests()
    {
        File.WriteAllBytes(At("pvmfw.bin"), [.. Enumerable.Repeat((byte)0x5a, 5000)]);
        File.WriteAllBytes(At("bcc.dat"), _handover);
        File.WriteAllBytes(At("tree"), new FdtTree().ToBlob());
    }

    [Fact]
    public void A_firmware_is_packed_with_its_hand_over_as_version_1_1()
    {
        PvmfwConfig config = Pack(8192, []);
        Assert.Equal(1, config.MinorVersion);
        Assert.Equal(_handover, config.DiceHandover.ToArray());
        Assert.True(config.ReferenceTree.IsEmpty && config.DeviceAssignment.IsEmpty && config.DebugPolicy.IsEmpty);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(At("out")));
    }

    [Fact]
    public void Trees_and_overlays_go_into_their_entries_and_a_reference_tree_makes_version_1_2()
    {
        byte[] tree = File.ReadAllBytes(At("tree"));
        PvmfwConfig config = Pack(8192, [At("tree"), At("tree"), At("tree")]);
        Assert.Equal(2, config.MinorVersion);
        Assert.Equal(tree, config.ReferenceTree.ToArray());
        Assert.Equal(tree, config.DeviceAssignment.ToArray());
        Assert.Equal(tree, config.DebugPolicy.ToArray());

        config = Pack(8192, ["-", "-", At("tree")]);
        Assert.Equal(1, config.MinorVersion);
        Assert.True(config.ReferenceTree.IsEmpty && config.DeviceAssignment.IsEmpty);
        Assert.Equal(tree, config.DebugPolicy.ToArray());
    }

    [Fact]
    public void A_version_is_taken_when_it_has_entries_for_everything()
    {
        Assert.Equal(0, Pack(8192, ["--version", "1.0"]).MinorVersion);
        Assert.Equal(3, Pack(8192, [At("tree"), "--version", "1.3"]).MinorVersion);
        Assert.Equal(
            "pack-pvmfw: configuration data of version 1.1 has no entry for ReferenceTree: that is there from version 1.2 on",
            Refusal(At("pvmfw.bin"), At("bcc.dat"), At("tree"), "--version", "1.1"));
        foreach (string wrong in (string[])["1.4", "2.0", "1", "1.-1", "1.99999999999"])
        {
            var refusal = Assert.Throws<InvalidOptionException>(() => Invoke(At("pvmfw.bin"), At("bcc.dat"), "--version", wrong));
            Assert.Equal($"--version: '{wrong}' is no version of the configuration data: 1.0 to 1.3", refusal.Message);
        }
    }

    [Fact]
    public void Files_that_are_not_what_they_should_be_are_refused_and_nothing_is_written()
    {
        File.WriteAllBytes(At("text"), "text"u8);
        File.WriteAllBytes(At("large"), new byte[2 << 20]);
        Assert.Equal($"VM_DTBO: {At("text")} is no flattened device tree: BadMagic at offset 0", Refusal(At("pvmfw.bin"), At("bcc.dat"), "-", At("text")));
        Assert.StartsWith($"BCC.DAT: {At("text")} ", Refusal(At("pvmfw.bin"), At("text")), StringComparison.Ordinal);
        Assert.StartsWith("pack-pvmfw: the firmware would have 209", Refusal(At("large"), At("bcc.dat")), StringComparison.Ordinal);
        Assert.StartsWith($"PVMFW.BIN: cannot open {At("none")}: ", Refusal(At("none"), At("bcc.dat")), StringComparison.Ordinal);
        Assert.False(File.Exists(At("out")));
    }

    [Fact]
    public void An_older_file_is_replaced_and_then_belongs_to_its_owner_alone()
    {
        File.WriteAllBytes(At("out"), [1]);
        File.SetUnixFileMode(At("out"), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Pack(8192, []);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(At("out")));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private PvmfwConfig Pack(int start, string[] more)
    {
        Assert.Equal(0, Invoke([At("pvmfw.bin"), At("bcc.dat"), .. more]));
        byte[] packed = File.ReadAllBytes(At("out"));
        Assert.Equal(File.ReadAllBytes(At("pvmfw.bin")), packed[..5000]);
        PvmfwConfigFault fault = PvmfwConfig.Read(packed.AsSpan(start), out PvmfwConfig config);
        Assert.True(fault.IsNone);
        Assert.Equal(packed.Length - start, config.Data.Length);
        return config;
    }

    private string Refusal(params string[] args) => Assert.Throws<VmmException>(() => Invoke(args)).Message;

    private int Invoke(params string[] args)
    {
        var image = new Command("image") { PackPvmfwCommand.Make() };
        ParseResult result = image.Parse(["pack-pvmfw", At("out"), .. args]);
        Assert.Empty(result.Errors);
        return result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }

    private string At(string name) => Path.Combine(_folder, name);
}
