using BootLoader.Cryptography;
using BootLoader.Dice;
using BootLoader.Dice.Host;

namespace BootLoader.Tests.Dice;

/// <summary>Hand-overs made from a fixed root secret.</summary>
internal static class TestLayers
{
    public static byte[] Root { get; } = WriteRoot();

    /// <summary>The hand-over after some layers, all of the same kind of key.</summary>
    public static byte[] After(int layers, DiceKeyAlgorithm algorithm = DiceKeyAlgorithm.Ed25519, DiceMode mode = DiceMode.Normal)
    {
        byte[] handover = Root;
        for (int layer = 0; layer < layers; layer++)
        {
            Assert.Equal(DiceError.None, Extend(handover, algorithm, mode, $"layer {layer}", out handover));
        }

        return handover;
    }

    public static DiceError Extend(byte[] handover, DiceKeyAlgorithm algorithm, DiceMode mode, string name, out byte[] next)
    {
        byte[] output = new byte[64 * 1024];
        DiceError error = Extend(handover, algorithm, mode, name, output, out int written);
        next = output[..written];
        return error;
    }

    public static DiceError Extend(byte[] handover, DiceKeyAlgorithm algorithm, DiceMode mode, string name, Span<byte> output, out int written)
    {
        Assert.Equal(DiceError.None, DiceHandover.Read(handover, out DiceHandover read));
        byte[] descriptor = new byte[256];
        var component = new DiceComponent { Name = System.Text.Encoding.UTF8.GetBytes(name), HasSecurityVersion = true, SecurityVersion = 7 };
        Assert.Equal(DiceError.None, component.TryWrite(descriptor, out int size));
        return DiceLayer.TryDerive<HostDiceKeys, HostCryptography>(
            read,
            Inputs(mode),
            DiceConfiguration.Descriptor(descriptor.AsSpan(0, size)),
            new DiceProfile(algorithm, "android.16"u8),
            output,
            out written);
    }

    public static DiceInputs Inputs(DiceMode mode) => new(Fill(0x11), Fill(0x22), mode, Fill(0x33));

    public static byte[] Chain(byte[] handover)
    {
        Assert.Equal(DiceError.None, DiceHandover.Read(handover, out DiceHandover read));
        return read.Chain.ToArray();
    }

    private static byte[] Fill(byte value) => [.. Enumerable.Repeat(value, 64)];

    private static byte[] WriteRoot()
    {
        byte[] secret = [.. Enumerable.Range(0, 32).Select(value => (byte)value)];
        byte[] output = new byte[128];
        Assert.Equal(DiceError.None, new DiceHandover(secret, secret, default).TryWrite(output, out int written));
        return output[..written];
    }
}
