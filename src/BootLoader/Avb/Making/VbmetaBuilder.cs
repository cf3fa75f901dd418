using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace BootLoader.Avb.Making;

/// <summary>Makes vbmeta images, laid out as avbtool lays them out.</summary>
public sealed class VbmetaBuilder
{
    /// <summary>What is written as the making tool's release.</summary>
    public const string DefaultRelease = "vmm 1.3.0";

    private readonly List<byte[]> _descriptors = [];
    private uint _requiredMinor;

    /// <summary>How to sign.</summary>
    public AvbAlgorithm Algorithm { get; init; }

    /// <summary>The key that signs; null with <see cref="AvbAlgorithm.None"/>.</summary>
    public AvbSigningKey? Key { get; init; }

    /// <summary>Grows with each release that must not be undone.</summary>
    public ulong RollbackIndex { get; init; }

    /// <summary>Where the device keeps the rollback index.</summary>
    public uint RollbackIndexLocation { get; init; }

    /// <summary>What is turned off.</summary>
    public VbmetaFlags Flags { get; init; }

    /// <summary>What else is said of the key.</summary>
    public ReadOnlyMemory<byte> PublicKeyMetadata { get; init; }

    /// <summary>The making tool's release, ASCII, at most 47 characters.</summary>
    public string Release { get; init; } = DefaultRelease;

    /// <summary>Adds a descriptor.</summary>
    /// <param name="descriptor">All of it, as <see cref="AvbDescriptors"/> makes it or as another image has it.</param>
    /// <exception cref="AvbException">It is not one whole descriptor.</exception>
    public VbmetaBuilder Add(ReadOnlySpan<byte> descriptor)
    {
        var walk = new AvbDescriptorEnumerator(descriptor);
        if (!walk.MoveNext() || walk.Current.Bytes.Length != descriptor.Length)
        {
            throw new AvbException("a descriptor to be added is malformed");
        }

        _requiredMinor = Math.Max(_requiredMinor, RequiredMinor(walk.Current));
        _descriptors.Add(descriptor.ToArray());
        return this;
    }

    /// <summary>Adds all descriptors of another vbmeta.</summary>
    /// <exception cref="AvbException">One of them is malformed.</exception>
    public VbmetaBuilder AddAll(scoped in VbmetaImage image)
    {
        AvbDescriptorEnumerator walk = image.Descriptors;
        while (walk.MoveNext())
        {
            Add(walk.Current.Bytes);
        }

        return walk.IsMalformed ? throw new AvbException("a descriptor to be included is malformed") : this;
    }

    /// <summary>Makes the image.</summary>
    /// <exception cref="AvbException">Key and algorithm do not fit, or it becomes longer than 64 KiB.</exception>
    public byte[] Build()
    {
        if (Algorithm == AvbAlgorithm.None ? Key is not null : Key is null)
        {
            throw new AvbException(Key is null ? $"{AvbAlgorithmNames.Name(Algorithm)} needs a key" : "a key is given, but the algorithm is NONE");
        }

        byte[] key = Key?.PublicKeyBlob ?? [];
        int descriptors = _descriptors.Sum(static descriptor => descriptor.Length);
        int digestSize = AvbAlgorithmSizes.Digest(Algorithm), signatureSize = AvbAlgorithmSizes.Signature(Algorithm);
        int authentication = Round(digestSize + signatureSize), auxiliary = Round(descriptors + key.Length + PublicKeyMetadata.Length);
        if (VbmetaHeader.Size + authentication + auxiliary > VbmetaHeader.MaximumImage)
        {
            throw new AvbException($"the vbmeta would have {VbmetaHeader.Size + authentication + auxiliary} bytes; {VbmetaHeader.MaximumImage} are possible");
        }

        byte[] image = new byte[VbmetaHeader.Size + authentication + auxiliary];
        WriteHeader(image, new VbmetaHeader
        {
            RequiredMajor = VbmetaHeader.SupportedMajor,
            RequiredMinor = Math.Max(_requiredMinor, RollbackIndexLocation > 0 ? 2u : 0),
            AuthenticationSize = (ulong)authentication,
            AuxiliarySize = (ulong)auxiliary,
            Algorithm = Algorithm,
            HashSize = (ulong)digestSize,
            SignatureOffset = (ulong)digestSize,
            SignatureSize = (ulong)signatureSize,
            PublicKeyOffset = (ulong)descriptors,
            PublicKeySize = (ulong)key.Length,
            PublicKeyMetadataOffset = (ulong)(descriptors + key.Length),
            PublicKeyMetadataSize = (ulong)PublicKeyMetadata.Length,
            DescriptorsSize = (ulong)descriptors,
            RollbackIndex = RollbackIndex,
            Flags = Flags,
            RollbackIndexLocation = RollbackIndexLocation,
        });

        Span<byte> rest = image.AsSpan(VbmetaHeader.Size + authentication);
        foreach (byte[] part in _descriptors.Append(key).Append(PublicKeyMetadata.ToArray()))
        {
            part.CopyTo(rest);
            rest = rest[part.Length..];
        }

        if (Key is not null)
        {
            byte[] digest = Hash([.. image.AsSpan(0, VbmetaHeader.Size), .. image.AsSpan(VbmetaHeader.Size + authentication)], digestSize);
            digest.CopyTo(image, VbmetaHeader.Size);
            Key.Sign(Algorithm, digest).CopyTo(image, VbmetaHeader.Size + digestSize);
        }

        return image;
    }

    private static byte[] Hash(byte[] data, int digestSize) => digestSize == 32 ? SHA256.HashData(data) : SHA512.HashData(data);

    private static int Round(int size) => (size + VbmetaHeader.BlockAlignment - 1) / VbmetaHeader.BlockAlignment * VbmetaHeader.BlockAlignment;

    /// <summary>The libavb that knows what the descriptor uses: 1.1 digests kept by the device and names without slot, 1.3 such chain partitions.</summary>
    private static uint RequiredMinor(AvbDescriptor descriptor)
    {
        if (HashDescriptor.TryRead(descriptor, out HashDescriptor hash))
        {
            return hash.Flags != 0 || hash.Digest.Length == 0 ? 1u : 0;
        }

        if (HashtreeDescriptor.TryRead(descriptor, out HashtreeDescriptor hashtree))
        {
            return hashtree.Flags != 0 || hashtree.RootDigest.Length == 0 ? 1u : 0;
        }

        return ChainPartitionDescriptor.TryRead(descriptor, out ChainPartitionDescriptor chain) && chain.Flags != 0 ? 3u : 0;
    }

    private void WriteHeader(Span<byte> image, VbmetaHeader header)
    {
        VbmetaHeader.Magic.CopyTo(image);
        BinaryPrimitives.WriteUInt32BigEndian(image[4..], header.RequiredMajor);
        BinaryPrimitives.WriteUInt32BigEndian(image[8..], header.RequiredMinor);
        BinaryPrimitives.WriteUInt64BigEndian(image[12..], header.AuthenticationSize);
        BinaryPrimitives.WriteUInt64BigEndian(image[20..], header.AuxiliarySize);
        BinaryPrimitives.WriteUInt32BigEndian(image[28..], (uint)header.Algorithm);
        ReadOnlySpan<ulong> ranges =
        [
            header.HashOffset, header.HashSize, header.SignatureOffset, header.SignatureSize, header.PublicKeyOffset, header.PublicKeySize,
            header.PublicKeyMetadataOffset, header.PublicKeyMetadataSize, header.DescriptorsOffset, header.DescriptorsSize, header.RollbackIndex,
        ];
        for (int i = 0; i < ranges.Length; i++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(image[(32 + (8 * i))..], ranges[i]);
        }

        BinaryPrimitives.WriteUInt32BigEndian(image[120..], (uint)header.Flags);
        BinaryPrimitives.WriteUInt32BigEndian(image[124..], header.RollbackIndexLocation);
        byte[] release = Encoding.ASCII.GetBytes(Release);
        if (release.Length >= VbmetaHeader.ReleaseSize)
        {
            throw new AvbException($"the release '{Release}' is longer than {VbmetaHeader.ReleaseSize - 1} characters");
        }

        release.CopyTo(image[VbmetaHeader.ReleaseOffset..]);
    }
}
