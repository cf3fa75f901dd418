using System.Security.Cryptography;
using Integration.Firmware;

namespace Integration.Dice;

/// <summary>All that a guest's secrets come from, but for its salt.</summary>
internal sealed record MeasuredFiles
{
    /// <summary>The device's secret.</summary>
    public byte[] DeviceSecret { get; init; } = TestIdentity.DeviceSecret;

    /// <summary>The firmware's program.</summary>
    public byte[] Firmware { get; init; } = TestFirmware.Program;

    /// <summary>The hash of the key that signed it.</summary>
    public byte[] FirmwareAuthority { get; init; } = AvbKeyHash.Of(TestKeys.File("firmware.pem"));

    /// <summary>SHA-256 of salt and kernel.</summary>
    public required byte[] KernelDigest { get; init; }

    /// <summary>SHA-256 of salt and ramdisk.</summary>
    public required byte[] RamdiskDigest { get; init; }

    /// <summary>The hash of the key that signed both.</summary>
    public byte[] GuestAuthority { get; init; } = AvbKeyHash.Of(TestKeys.File("guest.pem"));

    /// <summary>Whether the ramdisk is the one for debugging.</summary>
    public bool IsDebuggable { get; init; }

    /// <summary>The version that was signed.</summary>
    public long RollbackIndex { get; init; } = 1;

    /// <summary>The name that was signed; null: none.</summary>
    public string? Name { get; init; }

    /// <summary>SHA-512 of the host's identifier; null: the instance is told apart by its image.</summary>
    public byte[]? InstanceHash { get; init; }

    /// <summary>The firmware's configuration descriptor: its name and version (Android Profile for DICE).</summary>
    public static byte[] FirmwareDescriptor { get; } = [0xa2, .. NameKey, 0x60 + 21, .. "Protected VM firmware"u8, .. VersionKey, 0];

    private static ReadOnlySpan<byte> NameKey => [0x3a, 0x00, 0x01, 0x11, 0x71]; // -70002

    private static ReadOnlySpan<byte> VersionKey => [0x3a, 0x00, 0x01, 0x11, 0x74]; // -70005

    private static ReadOnlySpan<byte> InstanceHashKey => [0x3a, 0x00, 0x01, 0x15, 0x5a]; // -71003

    /// <summary>The root: the device's secret stands for both of its secrets.</summary>
    public ExpectedLayer RootLayer => new(DeviceSecret, DeviceSecret);

    /// <summary>The firmware.</summary>
    public ExpectedLayer FirmwareLayer => RootLayer.Next(SHA512.HashData(Firmware), FirmwareDescriptor, FirmwareAuthority, 1, new byte[64]);

    /// <summary>The hash of the guest's code.</summary>
    public byte[] GuestCode => SHA512.HashData([.. KernelDigest, .. RamdiskDigest]);

    /// <summary>1 normal, 2 debug.</summary>
    public byte GuestMode => IsDebuggable ? (byte)2 : (byte)1;

    /// <summary>The guest's configuration descriptor: name, version, instance. Names and versions of tests are short.</summary>
    public byte[] GuestDescriptor
    {
        get
        {
            byte[] name = System.Text.Encoding.ASCII.GetBytes(Name ?? "vm_entry");
            byte[] instance = InstanceHash is null ? [] : [.. InstanceHashKey, 0x58, 64, .. InstanceHash];
            return [instance.Length == 0 ? (byte)0xa2 : (byte)0xa3, .. NameKey, (byte)(0x60 + name.Length), .. name, .. VersionKey, (byte)RollbackIndex, .. instance];
        }
    }

    /// <summary>The guest.</summary>
    /// <param name="salt">What tells instances apart.</param>
    public ExpectedLayer GuestLayer(byte[] salt)
    {
        byte[] hidden = SHA512.HashData([0, .. salt, InstanceHash is null ? (byte)0 : (byte)1]);
        return FirmwareLayer.Next(GuestCode, GuestDescriptor, GuestAuthority, GuestMode, hidden);
    }

    /// <summary>The salt of an instance that has a disk: it is in the image, and only the device's secret opens it.</summary>
    /// <param name="image">The first sectors of the instance image: header, the entry's header, its payload.</param>
    public byte[] SaltOf(byte[] image)
    {
        byte[] key = HKDF.DeriveKey(HashAlgorithmName.SHA512, FirmwareLayer.Seal, 32, [], "vm-instance"u8.ToArray());
        byte[] record = new byte[193];
        using var cipher = new AesGcm(key, 16);
        cipher.Decrypt(image.AsSpan(1024, 12), image.AsSpan(1024 + 12, 193), image.AsSpan(1024 + 12 + 193, 16), record, image.AsSpan(512, 512));
        Assert.Equal(GuestCode, record[..64]);
        Assert.Equal(GuestAuthority, record[64..128]);
        Assert.Equal(GuestMode, record[192]);
        return record[128..192];
    }

    /// <summary>Those of a payload that a test signed.</summary>
    public static MeasuredFiles Of(TestPayload payload, byte[] ramdisk) => new()
    {
        KernelDigest = SHA256.HashData([.. "salt"u8, .. payload.Code]),
        RamdiskDigest = SHA256.HashData([.. "salt"u8, .. ramdisk]),
        IsDebuggable = ramdisk.AsSpan().SequenceEqual(payload.Debug),
        RollbackIndex = (long)payload.RollbackIndex,
        Name = payload.Name,
    };

    /// <summary>The hash of an identifier that the host gives.</summary>
    public static byte[] HashOf(byte[] instanceId) => SHA512.HashData([.. "InstanceId:"u8, .. instanceId]);
}
