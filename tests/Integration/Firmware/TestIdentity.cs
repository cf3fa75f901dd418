using System.Security.Cryptography;

namespace Integration.Firmware;

/// <summary>An instance that the host names, so that no disk is needed; and the secret of the device it is on.</summary>
internal static class TestIdentity
{
    /// <summary>64 bytes.</summary>
    public static byte[] InstanceId { get; } = SHA512.HashData("an instance"u8);

    /// <summary>32 bytes, in the file <c>$W/device-secret</c>.</summary>
    public static byte[] DeviceSecret { get; } = SHA256.HashData("a device"u8);

    /// <summary>Options that give both.</summary>
    public static string Options { get; } = Named(InstanceId);

    /// <summary>Options that give another instance on the same device.</summary>
    public static string Named(byte[] instanceId) =>
        $"--device-secret $W/device-secret --defer-rollback-protection --instance-id {Convert.ToHexStringLower(instanceId)}";
}
