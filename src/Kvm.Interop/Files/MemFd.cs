using Kvm.Interop.Native;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Files;

/// <summary>An anonymous file in memory (memfd_create(2)) whose size is sealed.</summary>
/// <remarks>
/// The seals F_SEAL_SHRINK, F_SEAL_GROW and F_SEAL_SEAL keep another process that is handed the descriptor from truncating the file, which would
/// turn the next access to guest memory into SIGBUS.
/// </remarks>
public sealed class MemFd : FileDescriptor
{
    private MemFd(int number, string name)
        : base(number, $"memfd:{name}")
    {
    }

    /// <summary>Makes a file of zeros that takes memory only where it is written.</summary>
    /// <param name="name">The name that /proc shows behind <c>/memfd:</c>, at most 249 bytes.</param>
    /// <param name="size">Its size in bytes, fixed from here on.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static MemFd Create(string name, ulong size)
    {
        int number = Libc.memfd_create(name, FileConstants.MFD_CLOEXEC | FileConstants.MFD_ALLOW_SEALING);
        MemFd file = new(Libc.Check(number, "memfd_create", name), name);
        try
        {
            Libc.Check(Libc.Truncate(file, checked((long)size)), "ftruncate", file);
            const int Seals = FileConstants.F_SEAL_SHRINK | FileConstants.F_SEAL_GROW | FileConstants.F_SEAL_SEAL;
            Libc.Check(Libc.fcntl(file, FileConstants.F_ADD_SEALS, Seals), "fcntl(F_ADD_SEALS)", file);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
