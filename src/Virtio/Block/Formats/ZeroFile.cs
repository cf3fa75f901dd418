using Kvm.Interop.Files;

namespace Virtio.Block.Formats;

/// <summary>A file without content, read to fill a request with zeros: guest memory is written by the kernel alone.</summary>
internal static class ZeroFile
{
    // Holes of a file in memory take no memory when they are read.
    private const ulong Size = 4 << 20;

    private static readonly MemFd s_file = MemFd.Create("zeros", Size);

    /// <summary>Makes the file now, so that no request has to.</summary>
    public static void Prepare() => _ = s_file.IsInvalid;

    /// <summary>Fills the next bytes of a request with zeros.</summary>
    /// <returns>0 or an errno.</returns>
    public static int Read(ref VectorCursor cursor, ulong length)
    {
        int error = 0;
        while (length > 0 && error == 0)
        {
            ulong step = Math.Min(length, Size);
            error = FileIo.Read(s_file, ref cursor, 0, step);
            length -= step;
        }

        return error;
    }
}
