using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using BootLoader.Avb;
using BootLoader.Avb.Making;
using Integration.Hosts;

namespace Integration.Firmware;

/// <summary>A guest of a few instructions with its ramdisks and their signature. A test changes one thing; what it changes before signing is signed well.</summary>
internal sealed record TestPayload
{
    private const int BlockSize = 4096;
    private const int DigestSize = 32;

    /// <summary>The kernel: a guest that says "up".</summary>
    public byte[] Code { get; init; } = Guest("poweroff");

    /// <summary>What is signed as initrd_normal; null: nothing.</summary>
    public byte[]? Normal { get; init; } = Bytes("a ramdisk");

    /// <summary>What is signed as initrd_debug; null: nothing.</summary>
    public byte[]? Debug { get; init; } = Bytes("a ramdisk to debug with");

    /// <summary>The version that must not be undone.</summary>
    public ulong RollbackIndex { get; init; } = 1;

    /// <summary>com.android.virt.cap.</summary>
    public string? Capabilities { get; init; } = "secretkeeper_protection";

    /// <summary>com.android.virt.name.</summary>
    public string? Name { get; init; }

    /// <summary>Who signs.</summary>
    public AvbSigningKey? Key { get; init; } = TestKeys.Guest;

    /// <summary>How.</summary>
    public AvbAlgorithm Algorithm { get; init; } = AvbAlgorithm.Sha256Rsa4096;

    /// <summary>The vbmeta's flags.</summary>
    public VbmetaFlags Flags { get; init; }

    /// <summary>Whether the kernel is described.</summary>
    public bool DescribesKernel { get; init; } = true;

    /// <summary>Descriptors behind the others.</summary>
    public byte[][] More { get; init; } = [];

    /// <summary>Changes the vbmeta before it is signed with a 4096-bit key.</summary>
    public Action<byte[]>? Before { get; init; }

    /// <summary>Changes the vbmeta that is signed.</summary>
    public Action<byte[]>? After { get; init; }

    /// <summary>Changes the whole.</summary>
    public Func<byte[], byte[]>? Whole { get; init; }

    /// <summary>Where the vbmeta lies in the whole.</summary>
    public int VbmetaOffset => Round(Code.Length);

    /// <summary>A bare guest of tests/Guests.</summary>
    public static byte[] Guest(string name) => File.ReadAllBytes(Path.Combine(Artifacts.Directory, "guests", $"{name}.img"));

    /// <summary>ASCII.</summary>
    public static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);

    /// <summary>The kernel with vbmeta and footer.</summary>
    public byte[] Sign()
    {
        byte[] vbmeta = Vbmeta();
        After?.Invoke(vbmeta);
        int footer = VbmetaOffset + Round(vbmeta.Length);
        byte[] image = new byte[footer + BlockSize];
        Code.CopyTo(image, 0);
        vbmeta.CopyTo(image, VbmetaOffset);
        new AvbFooter((ulong)Code.Length, (ulong)VbmetaOffset, (ulong)vbmeta.Length).Write(image.AsSpan(image.Length - AvbFooter.Size));
        return Whole?.Invoke(image) ?? image;
    }

    /// <summary>Where the descriptors begin in a vbmeta: behind header, digest and signature.</summary>
    public static int Descriptors(byte[] vbmeta) => VbmetaHeader.Size + (int)BinaryPrimitives.ReadUInt64BigEndian(vbmeta.AsSpan(12));

    private static byte[] Hash(string partition, byte[] content) =>
        AvbDescriptors.Hash(partition, (ulong)content.Length, "sha256", "salt"u8, SHA256.HashData([.. "salt"u8, .. content]));

    private static int Round(int size) => (size + BlockSize - 1) / BlockSize * BlockSize;

    private byte[] Vbmeta()
    {
        var builder = new VbmetaBuilder { Algorithm = Algorithm, Key = Key, RollbackIndex = RollbackIndex, Flags = Flags };
        foreach ((bool isThere, Func<byte[]> make) in ((bool, Func<byte[]>)[])[
            (DescribesKernel, () => Hash("boot", Code)),
            (Normal is not null, () => Hash("initrd_normal", Normal!)),
            (Debug is not null, () => Hash("initrd_debug", Debug!)),
            (Capabilities is not null, () => AvbDescriptors.Property("com.android.virt.cap", Bytes(Capabilities!))),
            (Name is not null, () => AvbDescriptors.Property("com.android.virt.name", Bytes(Name!))),
        ])
        {
            if (isThere)
            {
                builder.Add(make());
            }
        }

        foreach (byte[] descriptor in More)
        {
            builder.Add(descriptor);
        }

        byte[] vbmeta = builder.Build();
        if (Before is { } change)
        {
            change(vbmeta);
            byte[] digest = SHA256.HashData([.. vbmeta.AsSpan(0, VbmetaHeader.Size), .. vbmeta.AsSpan(Descriptors(vbmeta))]);
            digest.CopyTo(vbmeta, VbmetaHeader.Size);
            Key!.Sign(Algorithm, digest).CopyTo(vbmeta, VbmetaHeader.Size + DigestSize);
        }

        return vbmeta;
    }
}
