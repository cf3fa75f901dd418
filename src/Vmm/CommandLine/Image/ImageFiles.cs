using BootLoader.Avb.Making;
using Vmm.Outcome;

namespace Vmm.CommandLine.Image;

/// <summary>The files that commands of <c>vmm image</c> read and write.</summary>
internal static class ImageFiles
{
    /// <summary>More than any key's PEM file or property's file has.</summary>
    private const int SmallFile = 64 << 10;

    /// <summary>Reads a signing key.</summary>
    /// <exception cref="VmmException">It cannot be read or is none.</exception>
    public static AvbSigningKey ReadKey(string option, string path)
    {
        byte[] text = ReadSmall(option, path);
        try
        {
            return AvbSigningKey.FromPem(System.Text.Encoding.UTF8.GetString(text));
        }
        catch (AvbException failure)
        {
            throw new VmmException($"{option}: {path}: {failure.Message}", cause: failure);
        }
    }

    /// <summary>Reads a file that goes into a vbmeta.</summary>
    /// <exception cref="VmmException">It cannot be read, is empty or too long.</exception>
    public static byte[] ReadSmall(string option, string path) => HostFile.ReadContent(option, path, SmallFile);

    /// <summary>Writes a file in one step: whoever looks sees the old one, or the new one whole.</summary>
    /// <exception cref="VmmException">It cannot be written; what was there is unchanged.</exception>
    public static void WriteNew(string option, string path, ReadOnlySpan<byte> content)
    {
        using var replacement = FileReplacement.Begin(option, path);
        replacement.Content.Write(content);
        replacement.Commit();
    }
}
