using System.Security.Cryptography;
using BootLoader.Dice.Making;
using Kvm.Interop.Files;
using Microsoft.Win32.SafeHandles;
using Vmm.CommandLine;
using Vmm.Outcome;

namespace Vmm.Firmware;

/// <summary>
/// The unique device secret (UDS): what all secrets of protected VMs are derived from. A device has it in hardware; here it is a file of 32 random
/// bytes that only its owner may read, so whoever can read that file can derive the secrets of every VM.
/// </summary>
public sealed class DeviceSecret : IDisposable
{
    private const UnixFileMode Others = ~(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    private readonly byte[] _value;

    private DeviceSecret(byte[] value) => _value = value;

    /// <summary>The 32 bytes; zeros after <see cref="Dispose"/>.</summary>
    public ReadOnlySpan<byte> Value => _value;

    /// <summary>Reads the secret; makes one when there is no file yet.</summary>
    /// <param name="option">The option that named the file, for messages.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="VmmException">The file can be read by others, has a wrong size, is not a regular file, or cannot be read or made.</exception>
    public static DeviceSecret OpenOrCreate(string option, string path)
    {
        if (!Path.Exists(path))
        {
            byte[] fresh = RandomNumberGenerator.GetBytes(HandoverMaker.DeviceSecretSize);
            if (SecretFile.TryCreate(option, path, fresh))
            {
                return new DeviceSecret(fresh);
            }

            CryptographicOperations.ZeroMemory(fresh); // Somebody else was faster.
        }

        return Open(option, path);
    }

    /// <summary>Overwrites the secret with zeros.</summary>
    public void Dispose() => CryptographicOperations.ZeroMemory(_value);

    private static DeviceSecret Open(string option, string path)
    {
        using PosixFile file = HostFile.OpenContent(option, path);
        UnixFileMode mode = ModeOf(file);
        if ((mode & Others) != 0)
        {
            throw new VmmException($"{option}: {path} is open to others than its owner (mode {Convert.ToString((int)mode, 8)}): a device secret has mode 600; if others may have read it, it is none any more: make a new one");
        }

        if (file.Length != HandoverMaker.DeviceSecretSize)
        {
            throw new VmmException($"{option}: {path} has {file.Length} bytes; a device secret has {HandoverMaker.DeviceSecretSize}");
        }

        byte[] value = new byte[HandoverMaker.DeviceSecretSize];
        if (file.ReadAt(value, 0) == value.Length)
        {
            return new DeviceSecret(value);
        }

        CryptographicOperations.ZeroMemory(value);
        throw new VmmException($"{option}: {path} became shorter while it was read");
    }

    private static UnixFileMode ModeOf(PosixFile file)
    {
        using var handle = new SafeFileHandle(file.DangerousGetHandle(), ownsHandle: false);
        return File.GetUnixFileMode(handle);
    }
}
