using BootLoader.Avb;
using BootLoader.Avb.Making;
using BootLoader.Verity;

namespace BootLoader.Tests.Avb;

/// <summary>A guest's kernel and initrds, signed; each test changes one thing.</summary>
internal sealed class TestPayload : IDisposable
{
    private readonly AvbSigningKey _key = AvbSigningKey.FromPem(AvbVectors.Pem2048);

    public byte[] Kernel { get; init; } = [.. Enumerable.Range(0, 6000).Select(static i => (byte)(i * 7))];

    public byte[] Normal { get; init; } = [.. Enumerable.Range(0, 3001).Select(static i => (byte)(i * 11))];

    public byte[] Debug { get; init; } = [.. Enumerable.Range(0, 3002).Select(static i => (byte)(i * 13))];

    public List<byte[]> Descriptors { get; } = [];

    public ulong RollbackIndex { get; init; } = 7;

    public VbmetaFlags Flags { get; init; }

    public bool Signed { get; init; } = true;

    public DmVerityHash Hash { get; init; } = DmVerityHash.Sha256;

    public string PartitionName { get; init; } = "boot";

    public byte[] PublicKey => _key.PublicKeyBlob;

    public static byte[] InitrdDescriptor(string name, byte[] content)
    {
        byte[] salt = [1, 2, 3];
        return AvbDescriptors.Hash(name, (ulong)content.Length, "sha256", salt, System.Security.Cryptography.SHA256.HashData([.. salt, .. content]));
    }

    public TestPayload With(params byte[][] descriptors)
    {
        Descriptors.AddRange(descriptors);
        return this;
    }

    public TestPayload WithInitrds() => With(InitrdDescriptor("initrd_normal", Normal), InitrdDescriptor("initrd_debug", Debug));

    public VbmetaBuilder Builder()
    {
        var builder = new VbmetaBuilder
        {
            Algorithm = Signed ? AvbAlgorithm.Sha256Rsa2048 : AvbAlgorithm.None,
            Key = Signed ? _key : null,
            RollbackIndex = RollbackIndex,
            Flags = Flags,
        };
        Descriptors.ForEach(descriptor => builder.Add(descriptor));
        return builder;
    }

    /// <summary>The kernel with vbmeta and footer.</summary>
    public byte[] Build()
    {
        var options = new PartitionFooterOptions { PartitionName = PartitionName, Salt = new byte[] { 9, 8, 7, 6 }, Hash = Hash };
        return Whole(Kernel, PartitionFooter.AddHash(new MemoryStream(Kernel), options, Builder()));
    }

    /// <summary>The kernel with a vbmeta that describes what the test says, and nothing else.</summary>
    public byte[] BuildRaw()
    {
        byte[] vbmeta = Builder().Build();
        byte[] image = new byte[16384];
        Kernel.CopyTo(image, 0);
        vbmeta.CopyTo(image, 8192);
        new AvbFooter((ulong)Kernel.Length, 8192, (ulong)vbmeta.Length).Write(image.AsSpan(image.Length - AvbFooter.Size));
        return image;
    }

    public byte[] KernelDescriptor() => AvbDescriptors.Hash("boot", (ulong)Kernel.Length, "sha256", [], System.Security.Cryptography.SHA256.HashData(Kernel));

    public static byte[] Whole(byte[] original, PartitionImage made)
    {
        byte[] image = new byte[made.Size];
        original.AsSpan(0, (int)made.OriginalSize).CopyTo(image);
        foreach ((long offset, ReadOnlyMemory<byte> bytes) in made.Parts)
        {
            bytes.Span.CopyTo(image.AsSpan((int)offset));
        }

        return image;
    }

    public void Dispose() => _key.Dispose();
}
