using BootLoader.Sources;
using BootLoader.Zip;

namespace BootLoader.Tests.Zip;

/// <summary>Archives for tests.</summary>
internal static class TestZip
{
    /// <summary>A stored and a deflated file.</summary>
    public static byte[] Small() =>
        Write(("lib/a.so", "stored"u8.ToArray(), ZipMethod.Stored), ("b", "deflated deflated deflated"u8.ToArray(), ZipMethod.Deflated));

    /// <summary>Files of one byte.</summary>
    public static byte[] Write(params string[] names) => Write([.. names.Select(static name => (name, "x"u8.ToArray(), ZipMethod.Stored))]);

    /// <summary>Stored files are aligned when their name says that they are libraries.</summary>
    public static byte[] Write(params (string Name, byte[] Content, ZipMethod Method)[] files)
    {
        using var output = new MemoryStream();
        var writer = new ZipArchiveWriter(output);
        foreach ((string name, byte[] content, ZipMethod method) in files)
        {
            using var source = new MemorySource(content);
            writer.Add(name, source, method, name.EndsWith(".so", StringComparison.Ordinal) || content.Length == 0 ? 4096 : 1);
        }

        writer.Finish();
        return output.ToArray();
    }

    /// <summary>Replaces bytes by as many others, everywhere.</summary>
    public static byte[] Replace(byte[] archive, ReadOnlySpan<byte> old, ReadOnlySpan<byte> by)
    {
        byte[] replaced = [.. archive];
        int count = 0;
        for (int at = replaced.AsSpan().IndexOf(old); at >= 0; at = replaced.AsSpan().IndexOf(old))
        {
            by.CopyTo(replaced.AsSpan(at));
            count++;
        }

        Assert.Equal(2, count); // the local header and the central directory
        return replaced;
    }
}
