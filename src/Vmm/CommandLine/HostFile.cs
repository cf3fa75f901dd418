using System.Runtime.InteropServices;
using Kvm.Interop;
using Kvm.Interop.Files;
using Vmm.Outcome;

namespace Vmm.CommandLine;

/// <summary>Opens the files that options name; every failure is one line with the option in it.</summary>
public static class HostFile
{
    /// <summary>Opens a regular file that has content.</summary>
    /// <param name="option">The option that named the file, for messages (<c>--initrd</c>, <c>KERNEL</c>).</param>
    /// <param name="path">The path as the user gave it.</param>
    /// <returns>The open file; <see cref="PosixFile.Length"/> is at least 1.</returns>
    /// <exception cref="VmmException">It cannot be read, is a directory or a pipe, or is empty.</exception>
    public static PosixFile OpenContent(string option, string path)
    {
        if (Directory.Exists(path))
        {
            throw new VmmException($"{option}: {path} is a directory, not a file");
        }

        // Without O_NONBLOCK the open of a named pipe would wait for its writer for ever.
        var file = Open(option, path, OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK | OpenFlags.O_NOCTTY);
        try
        {
            ReadFirstByte(option, file);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads a whole file.</summary>
    /// <param name="option">The option that named the file.</param>
    /// <param name="path">The path as the user gave it.</param>
    /// <param name="limit">The most bytes that make sense for this option.</param>
    /// <exception cref="VmmException">It cannot be read, is no file with content, or is larger than <paramref name="limit"/>.</exception>
    public static byte[] ReadContent(string option, string path, int limit)
    {
        using var file = OpenContent(option, path);
        if (file.Length > limit)
        {
            throw new VmmException($"{option}: {path} has {file.Length} bytes; at most {limit} are possible");
        }

        var content = new byte[file.Length];
        return file.ReadAt(content, 0) == content.Length ? content : throw new VmmException($"{option}: {path} became shorter while it was read");
    }

    /// <summary>Opens or makes a file for writing and empties it.</summary>
    /// <exception cref="VmmException">It cannot be written.</exception>
    public static PosixFile Create(string option, string path) =>
        Open(option, path, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_TRUNC | OpenFlags.O_NOCTTY);

    /// <summary>Opens a path with the given flags.</summary>
    /// <exception cref="VmmException">It cannot be opened; the kernel's reason is in the message.</exception>
    public static PosixFile Open(string option, string path, OpenFlags flags)
    {
        try
        {
            return PosixFile.Open(path, flags, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }
        catch (LinuxException failure)
        {
            throw new VmmException($"{option}: cannot open {path}: {Reason(failure)}", cause: failure);
        }
    }

    private static void ReadFirstByte(string option, PosixFile file)
    {
        try
        {
            Span<byte> first = stackalloc byte[1];
            if (file.ReadAt(first, 0) == 0)
            {
                throw new VmmException($"{option}: {file.Name} is empty");
            }
        }
        catch (LinuxException failure)
        {
            throw failure.Errno == Errno.ESPIPE
                ? new VmmException($"{option}: {file.Name} is a pipe or a terminal; a regular file is needed", cause: failure)
                : new VmmException($"{option}: cannot read {file.Name}: {Reason(failure)}", cause: failure);
        }
    }

    private static string Reason(LinuxException failure) => Marshal.GetPInvokeErrorMessage(failure.Errno);
}
