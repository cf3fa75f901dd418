using BootLoader.Avb;
using BootLoader.Avb.Making;
using Integration.Hosts;

namespace Integration.Firmware;

/// <summary>The firmware, signed and not, with its own configuration data and with others.</summary>
internal static class TestFirmware
{
    private const int BlockSize = 4096;

    /// <summary>What is executed.</summary>
    public static byte[] Program { get; } = File.ReadAllBytes(Path.Combine(Artifacts.Directory, "firmware", "pvmfw.bin"));

    /// <summary>The firmware as vmm takes it: with the footer of the development key.</summary>
    public static byte[] Image { get; } = Sign(Program, TestKeys.Firmware);

    /// <summary>A program with a footer.</summary>
    public static byte[] Sign(byte[] program, AvbSigningKey key, string partition = "pvmfw", VbmetaFlags flags = VbmetaFlags.None)
    {
        AvbAlgorithm algorithm = key.Bits == 2048 ? AvbAlgorithm.Sha256Rsa2048 : AvbAlgorithm.Sha256Rsa4096;
        PartitionImage made = PartitionFooter.AddHash(
            new MemoryStream(program), new PartitionFooterOptions { PartitionName = partition }, new VbmetaBuilder { Algorithm = algorithm, Key = key, Flags = flags });
        byte[] image = new byte[made.Size];
        program.CopyTo(image, 0);
        foreach ((long offset, ReadOnlyMemory<byte> bytes) in made.Parts)
        {
            bytes.Span.CopyTo(image.AsSpan((int)offset));
        }

        return image;
    }

    /// <summary>The program with something in the place of its configuration data.</summary>
    public static byte[] Configured(ReadOnlySpan<byte> configuration) =>
        [.. Program, .. new byte[(BlockSize - (Program.Length % BlockSize)) % BlockSize], .. configuration];

    /// <summary>The program with another guest key than the one it was built with.</summary>
    public static byte[] Trusting(AvbSigningKey guest)
    {
        byte[] program = [.. Program];
        int at = program.AsSpan().IndexOf(TestKeys.Guest.PublicKeyBlob);
        Assert.True(at >= 0, "the development key is not in the firmware");
        Assert.Equal(at, program.AsSpan().LastIndexOf(TestKeys.Guest.PublicKeyBlob));
        guest.PublicKeyBlob.CopyTo(program, at);
        return program;
    }
}
