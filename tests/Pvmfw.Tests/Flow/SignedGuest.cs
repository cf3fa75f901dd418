using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using BootLoader.Avb;
using BootLoader.Avb.Making;

namespace Pvmfw.Tests.Flow;

/// <summary>A kernel with its signature, as the firmware finds it in memory.</summary>
internal sealed record SignedGuest
{
    private const int BlockSize = 4096;

    private static readonly ConcurrentDictionary<string, AvbSigningKey> s_keys = new();

    /// <summary>The kernel's bytes; their content is of no importance.</summary>
    public byte[] Code { get; init; } = Fill(1, 20_000);

    public byte[]? NormalRamdisk { get; init; } = Fill(2, (int)HostTrees.InitrdSize);

    public byte[]? DebugRamdisk { get; init; } = Fill(3, (int)HostTrees.InitrdSize);

    public ulong RollbackIndex { get; init; }

    public string? Capabilities { get; init; }

    public string? Name { get; init; }

    public string KeyName { get; init; } = "guest.pem";

    public static AvbSigningKey Key(string name, [CallerFilePath] string here = "") => s_keys.GetOrAdd(
        name, _ => AvbSigningKey.FromPem(File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "../../../images/keys", name))));

    public static byte[] Fill(int seed, int size)
    {
        byte[] bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public byte[] Sign()
    {
        var builder = new VbmetaBuilder { Algorithm = AvbAlgorithm.Sha256Rsa4096, Key = Key(KeyName), RollbackIndex = RollbackIndex };
        builder.Add(AvbDescriptors.Hash("boot", (ulong)Code.Length, "sha256", default, SHA256.HashData(Code)));
        AddRamdisk(builder, "initrd_normal", NormalRamdisk);
        AddRamdisk(builder, "initrd_debug", DebugRamdisk);
        AddProperty(builder, "com.android.virt.cap", Capabilities);
        AddProperty(builder, "com.android.virt.name", Name);
        byte[] vbmeta = builder.Build();
        int start = Round(Code.Length), footer = start + Round(vbmeta.Length);
        byte[] image = new byte[footer + BlockSize];
        Code.CopyTo(image, 0);
        vbmeta.CopyTo(image, start);
        new AvbFooter((ulong)Code.Length, (ulong)start, (ulong)vbmeta.Length).Write(image.AsSpan(image.Length - AvbFooter.Size));
        return image;
    }

    private static void AddRamdisk(VbmetaBuilder builder, string name, byte[]? content)
    {
        if (content is not null)
        {
            builder.Add(AvbDescriptors.Hash(name, (ulong)content.Length, "sha256", default, SHA256.HashData(content)));
        }
    }

    private static void AddProperty(VbmetaBuilder builder, string name, string? value)
    {
        if (value is not null)
        {
            builder.Add(AvbDescriptors.Property(name, System.Text.Encoding.ASCII.GetBytes(value)));
        }
    }

    private static int Round(int size) => (size + BlockSize - 1) / BlockSize * BlockSize;
}
