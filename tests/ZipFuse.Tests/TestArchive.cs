using System.IO.Compression;
using BootLoader.Sources;

namespace ZipFuse.Tests;

/// <summary>An archive as an APK is one: a library that is stored, assets that are deflated, directories that have no entry.</summary>
internal static class TestArchive
{
    public const string Library = "lib/arm64-v8a/payload.so";
    public const string Asset = "assets/deep/er/text.txt";

    public static byte[] LibraryContent { get; } = Pattern(300_000, 7);

    public static byte[] AssetContent { get; } = Pattern(1_000_000, 11);

    public static byte[] Build(params (string Name, byte[] Content)[] more)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(archive, Library, LibraryContent, CompressionLevel.NoCompression);
            Add(archive, Asset, AssetContent, CompressionLevel.Fastest);
            Add(archive, "empty", [], CompressionLevel.NoCompression);
            foreach ((string name, byte[] content) in more)
            {
                Add(archive, name, content, CompressionLevel.NoCompression);
            }
        }

        return stream.ToArray();
    }

    public static MemorySource Source(params (string Name, byte[] Content)[] more) => new(Build(more));

    private static void Add(ZipArchive archive, string name, byte[] content, CompressionLevel level)
    {
        using Stream entry = archive.CreateEntry(name, level).Open();
        entry.Write(content);
    }

    /// <summary>Bytes that can be compressed a little and differ at every place.</summary>
    private static byte[] Pattern(int length, int seed)
    {
        var random = new Random(seed);
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
        {
            bytes[i] = (byte)(random.Next(16) + (i >> 12));
        }

        return bytes;
    }
}
