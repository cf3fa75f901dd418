using System.Diagnostics.CodeAnalysis;

namespace Kvm.Interop.Files;

/// <summary>Flags of open(2) that have one value on ARM64 and x86-64 (asm-generic/fcntl.h).</summary>
[Flags]
[SuppressMessage("Design", "CA1069", Justification = "O_RDONLY is zero in the ABI.")]
#pragma warning disable CS1591 // the names are the header's, described in open(2)
public enum OpenFlags
{
    O_RDONLY = 0,
    O_WRONLY = 1,
    O_RDWR = 2,
    O_CREAT = 0x40,
    O_EXCL = 0x80,
    O_NOCTTY = 0x100,
    O_TRUNC = 0x200,
    O_APPEND = 0x400,
    O_NONBLOCK = 0x800,
    O_CLOEXEC = 0x80000,
}
