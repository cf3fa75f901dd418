using BootLoader.Cryptography;

namespace BootLoader.Super;

/// <summary>The checksums of the metadata. They tell damage, not malice: whoever writes the disk can make them.</summary>
internal static class LpChecksum
{
    /// <summary>Whether bytes have a checksum.</summary>
    /// <param name="bytes">What was summed.</param>
    /// <param name="checksum">32 bytes.</param>
    internal static bool Is<TDigest>(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> checksum)
        where TDigest : IDigest
    {
        Span<byte> digest = stackalloc byte[LpFormat.ChecksumSize];
        TDigest.Sha256(bytes, default, digest);
        return checksum.SequenceEqual(digest);
    }

    /// <summary>Whether bytes have the checksum among them, which was made with zeros in its place. It is cleared.</summary>
    /// <param name="bytes">What was summed.</param>
    /// <param name="offset">Where the checksum is.</param>
    internal static bool IsOwn<TDigest>(Span<byte> bytes, int offset)
        where TDigest : IDigest
    {
        Span<byte> place = bytes.Slice(offset, LpFormat.ChecksumSize);
        Span<byte> own = stackalloc byte[LpFormat.ChecksumSize];
        place.CopyTo(own);
        place.Clear();
        return Is<TDigest>(bytes, own);
    }
}
