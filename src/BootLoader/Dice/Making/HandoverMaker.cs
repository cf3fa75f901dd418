using System.Security.Cryptography;
using BootLoader.Cryptography;

namespace BootLoader.Dice.Making;

/// <summary>
/// What a device's boot loader does for the protected VM firmware: the root of the chain is the device's own secret, and its one certificate is the
/// firmware's (Android Virtualization Framework, pvm_dice_chain.md).
/// </summary>
public static class HandoverMaker
{
    /// <summary>The size of a unique device secret, in bytes.</summary>
    public const int DeviceSecretSize = DiceFormat.CdiSize;

    private const int Room = 2048;

    /// <summary>How the firmware's layer is named in its configuration descriptor.</summary>
    public static ReadOnlySpan<byte> FirmwareComponent => "Protected VM firmware"u8;

    /// <summary>Makes the firmware's hand-over. It holds secrets: the caller wipes it.</summary>
    /// <param name="deviceSecret">The unique device secret, 32 bytes.</param>
    /// <param name="firmware">What was measured.</param>
    /// <exception cref="ArgumentException">The secret has not 32 bytes, or the mode is none.</exception>
    public static byte[] Make(ReadOnlySpan<byte> deviceSecret, FirmwareMeasurement firmware)
    {
        Span<byte> descriptor = stackalloc byte[128];
        var component = new DiceComponent { Name = FirmwareComponent, HasSecurityVersion = true, SecurityVersion = firmware.SecurityVersion };
        Require(component.TryWrite(descriptor, out int descriptorSize));

        // The root layer has no CDIs: the device's secret stands for both (Open Profile for DICE, "UDS").
        var root = new DiceHandover(deviceSecret, deviceSecret, default);
        Span<byte> hidden = stackalloc byte[DiceFormat.HiddenSize];
        hidden.Clear();
        var inputs = new DiceInputs(firmware.CodeHash.Span, firmware.AuthorityHash.Span, firmware.Mode, hidden);
        byte[] output = new byte[Room];
        try
        {
            Require(DiceLayer.TryDerive<HostCryptography>(root, inputs, descriptor[..descriptorSize], output, out int written));
            return output[..written];
        }
        finally
        {
            CryptographicOperations.ZeroMemory(output);
        }
    }

    private static void Require(DiceError error)
    {
        if (error != DiceError.None)
        {
            throw new ArgumentException($"no hand-over can be made of these inputs: {error}");
        }
    }
}
