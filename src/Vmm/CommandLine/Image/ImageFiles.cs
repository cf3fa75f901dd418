using System.Text;
using BootLoader.Avb;
using BootLoader.Avb.Making;
using BootLoader.Avb.Slots;
using Vmm.Outcome;

namespace Vmm.CommandLine.Image;

/// <summary>The files that commands of <c>vmm image</c> read and write.</summary>
internal static class ImageFiles
{
    /// <summary>More than any key's PEM file or property's file has.</summary>
    private const int SmallFile = 64 << 10;

    /// <summary>ext4's, with blocks of 4 KiB; other file systems say themselves what they cannot hold.</summary>
    private const long LargestFile = 16L << 40;

    private const int Chunk = 1 << 20;

    /// <summary>Reads a signing key.</summary>
    /// <exception cref="VmmException">It cannot be read or is none.</exception>
    public static AvbSigningKey ReadKey(string option, string path)
    {
        byte[] text = ReadSmall(option, path);
        try
        {
            return AvbSigningKey.FromPem(Encoding.UTF8.GetString(text));
        }
        catch (AvbException failure)
        {
            throw new VmmException($"{option}: {path}: {failure.Message}", cause: failure);
        }
    }

    /// <summary>Reads a public key: as AVB stores it, or out of a PEM file.</summary>
    /// <exception cref="VmmException">It cannot be read or is none.</exception>
    public static byte[] ReadPublicKey(string option, string path)
    {
        byte[] content = ReadSmall(option, path);
        if (AvbPublicKey.TryRead(content, out _))
        {
            return content;
        }

        using AvbSigningKey key = ReadKey(option, path);
        return key.PublicKeyBlob;
    }

    /// <summary>Reads a file that goes into a vbmeta.</summary>
    /// <exception cref="VmmException">It cannot be read, is empty or too long.</exception>
    public static byte[] ReadSmall(string option, string path) => HostFile.ReadContent(option, path, SmallFile);

    /// <summary>Reads a whole image.</summary>
    /// <exception cref="VmmException">It cannot be read, is empty or too long.</exception>
    public static byte[] ReadWhole(string option, string path) => HostFile.ReadContent(option, path, Array.MaxLength);

    /// <summary>Opens an image for reading.</summary>
    /// <exception cref="VmmException">It cannot be read, or is no file with content.</exception>
    public static FileStream Open(string option, string path)
    {
        // Refuses directories and pipes with the kernel's words, and tells an empty file.
        HostFile.OpenContent(option, path).Dispose();
        try
        {
            return new FileStream(path, new FileStreamOptions { Access = FileAccess.Read, Share = FileShare.ReadWrite, BufferSize = 0 });
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new VmmException($"{option}: cannot open {path}: {ImageAction.Reason(failure)}", cause: failure);
        }
    }

    /// <summary>Finds the vbmeta of an image.</summary>
    /// <exception cref="VmmException">It has none, or a broken footer.</exception>
    public static byte[] ReadVbmeta(string option, string path)
    {
        using FileStream image = Open(option, path);
        try
        {
            return PartitionVbmeta.Read(image, out _, out _) ?? throw new VmmException($"{option}: {path} has no vbmeta");
        }
        catch (AvbFooterException failure)
        {
            throw new VmmException($"{option}: {path}: {failure.Message}", cause: failure);
        }
    }

    /// <summary>Writes a file in one step: whoever looks sees the old one, or the new one whole.</summary>
    /// <exception cref="VmmException">It cannot be written; what was there is unchanged.</exception>
    public static void WriteNew(string option, string path, ReadOnlySpan<byte> content)
    {
        using var replacement = FileReplacement.Begin(option, path);
        replacement.Content.Write(content);
        replacement.Commit();
    }

    /// <summary>Begins to replace an image by itself with what was made for it; <see cref="FileReplacement.Commit"/> ends it.</summary>
    /// <exception cref="IOException">There is no space; the image is unchanged.</exception>
    public static FileReplacement Rewrite(string option, string path, FileStream image, PartitionImage made)
    {
        if (made.Size > LargestFile)
        {
            throw new VmmException($"{option}: {path} would have {made.Size} bytes; no file can have more than {LargestFile}");
        }

        var replacement = FileReplacement.Begin(option, path);
        try
        {
            replacement.Content.SetLength(made.Size);
            Copy(image, replacement.Content, made.OriginalSize);
            foreach ((long offset, ReadOnlyMemory<byte> bytes) in made.Parts)
            {
                replacement.Content.Position = offset;
                replacement.Content.Write(bytes.Span);
            }

            return replacement;
        }
        catch
        {
            replacement.Dispose();
            throw;
        }
    }

    /// <summary>Copies what is not zero: the rest stays a hole.</summary>
    /// <param name="from">Copied from its beginning.</param>
    /// <param name="to">Long enough, and zeros where it is written to.</param>
    /// <param name="size">Bytes to copy.</param>
    /// <param name="place">Where they go.</param>
    public static void Copy(FileStream from, FileStream to, long size, long place = 0)
    {
        byte[] chunk = new byte[Chunk];
        from.Position = 0;
        for (long at = 0; at < size;)
        {
            Span<byte> part = chunk.AsSpan(0, (int)Math.Min(Chunk, size - at));
            from.ReadExactly(part);
            if (part.ContainsAnyExcept((byte)0))
            {
                to.Position = place + at;
                to.Write(part);
            }

            at += part.Length;
        }
    }
}
