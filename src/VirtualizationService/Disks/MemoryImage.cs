using Kvm.Interop;
using Kvm.Interop.Files;

namespace VirtualizationService.Disks;

/// <summary>Small images that need no name: they live as long as a descriptor leads to them.</summary>
internal static class MemoryImage
{
    /// <summary>Makes a file in memory.</summary>
    /// <param name="name">What it is, for <c>/proc</c>.</param>
    /// <param name="content">Its bytes.</param>
    /// <exception cref="RefusedException">The kernel refused.</exception>
    public static MemFd Make(string name, ReadOnlySpan<byte> content)
    {
        MemFd file = MemFd.Create(name, (ulong)content.Length);
        int error = FileTransfer.WriteAll(file, content, 0);
        if (error == 0)
        {
            return file;
        }

        file.Dispose();
        throw new RefusedException(Refusal.Failed, $"{name}: {Errno.Name(error)}");
    }
}
