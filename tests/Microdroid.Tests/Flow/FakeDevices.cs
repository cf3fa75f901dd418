using System.Security.Cryptography;
using Microdroid.Devices;

namespace Microdroid.Tests.Flow;

/// <summary>Partitions are files; a verified device is a copy of its data where the root digest is the data's SHA-256, and else cannot be read.</summary>
internal sealed class FakeDevices(string directory, List<string> trace) : IBlockDevices, IPartitions
{
    /// <summary>The files by label.</summary>
    public Dictionary<string, string> Partitions { get; } = [];

    /// <summary>The key of the encrypted device.</summary>
    public byte[]? CryptKey { get; private set; }

    /// <summary>A call that fails.</summary>
    public string? Failing { get; set; }

    public Partition? Find(string label) =>
        Partitions.TryGetValue(label, out string? path) ? new Partition(label, path, new FileInfo(path).Length) : null;

    public ILoop AttachLoop(string device, long offset, long size)
    {
        Note($"loop {Path.GetFileName(device)} {offset} {size}");
        string path = Path.Combine(directory, $"loop-{Guid.NewGuid():N}");
        byte[] bytes = new byte[size];
        using FileStream file = File.OpenRead(device);
        file.Position = offset;
        file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        File.WriteAllBytes(path, bytes);
        return new Loop(path);
    }

    public string CreateVerity(VerityDevice device)
    {
        Note($"verity {device.Name}");
        string path = Path.Combine(directory, "dm-" + device.Name);
        byte[] data = File.ReadAllBytes(device.DataDevice)[..(int)device.DataSize];
        if (device.RootDigest.Span.SequenceEqual(SHA256.HashData(data)))
        {
            File.WriteAllBytes(path, data);
        }

        return path;
    }

    public string CreateCrypt(string name, string device, long size, ReadOnlySpan<byte> key)
    {
        Note($"crypt {name} {Path.GetFileName(device)} {size}");
        CryptKey = key.ToArray();
        return "/dev/dm-crypt";
    }

    public void Remove(string name) => trace.Add($"remove {name}");

    private void Note(string call)
    {
        trace.Add(call);
        if (Failing is not null && call.StartsWith(Failing, StringComparison.Ordinal))
        {
            throw new IOException($"{call} fails");
        }
    }

    private sealed class Loop(string path) : ILoop
    {
        public string Path => path;

        public void Dispose() => File.Delete(path);
    }
}
