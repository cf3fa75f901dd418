using System.Buffers.Binary;
using BootLoader.Sources;

namespace BootLoader.Apk;

/// <summary>Signs APKs by APK Signature Scheme v3. With an RSA key, the same APK gives the same bytes.</summary>
public static class ApkSigner
{
    /// <summary>The first platform version that knows scheme v3: Android 9.</summary>
    public const uint FirstSdk = 28;

    private const int BlockAlignment = 4096;
    private const int CopySize = 1 << 20;

    /// <summary>Signs an APK.</summary>
    /// <param name="apk">The APK, to its last byte; signatures in its signing block are left out.</param>
    /// <param name="output">Takes the signed one from where it stands; not the file that is read.</param>
    /// <param name="key">The signer.</param>
    /// <param name="minSdk">The lowest platform version that the signature is for.</param>
    /// <param name="maxSdk">The highest.</param>
    /// <exception cref="ApkException">It is no zip archive, or becomes larger than 4 GiB.</exception>
    public static void Sign(RandomAccessSource apk, Stream output, ApkSigningKey key, uint minSdk = FirstSdk, uint maxSdk = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(key);
        ApkSections sections = ApkSections.Find(apk, out _);
        byte[] tail = Tail(sections, key, minSdk, maxSdk);
        RandomAccessSource entries = sections.Content[0];
        byte[] chunk = new byte[(int)Math.Min(CopySize, entries.Length)];
        for (long at = 0; at < entries.Length;)
        {
            Span<byte> part = chunk.AsSpan(0, (int)Math.Min(chunk.Length, entries.Length - at));
            entries.ReadExactly(at, part);
            output.Write(part);
            at += part.Length;
        }

        output.Write(tail);
    }

    /// <summary>Signs an APK in its own file.</summary>
    /// <param name="apk">The whole file; readable, writable and seekable.</param>
    /// <param name="key">The signer.</param>
    internal static void SignInPlace(Stream apk, ApkSigningKey key)
    {
        using var source = new StreamSource(apk);
        ApkSections sections = ApkSections.Find(source, out _);
        byte[] tail = Tail(sections, key, FirstSdk, int.MaxValue);
        apk.Position = sections.SigningBlockOffset;
        apk.Write(tail);
        apk.SetLength(apk.Position);
    }

    /// <summary>What follows the entries of the signed APK.</summary>
    private static byte[] Tail(ApkSections sections, ApkSigningKey key, uint minSdk, uint maxSdk)
    {
        IReadOnlyList<RandomAccessSource> content = sections.Content;
        byte[] block = Block(Signer(sections.Digest(key.Algorithm, null, default), key, minSdk, maxSdk));
        long directory = sections.SigningBlockOffset + block.Length;
        if (directory >= uint.MaxValue)
        {
            throw new ApkException("the signed APK becomes larger than 4 GiB");
        }

        byte[] end = content[2].ReadExactly(0, (int)content[2].Length);
        BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(16), (uint)directory);
        return [.. block, .. content[1].ReadExactly(0, (int)content[1].Length), .. end];
    }

    private static byte[] Signer(byte[] digest, ApkSigningKey key, uint minSdk, uint maxSdk)
    {
        var data = new PrefixedWriter();
        data.AddNested(digests => digests.AddNested(item =>
        {
            item.Add((uint)key.Algorithm);
            item.AddPrefixed(digest);
        }));
        data.AddNested(certificates => certificates.AddPrefixed(key.Certificate.Span));
        data.Add(minSdk);
        data.Add(maxSdk);
        data.AddPrefixed([]); // no attributes
        byte[] signed = data.ToArray();
        var value = new PrefixedWriter();
        value.AddNested(signers => signers.AddNested(signer =>
        {
            signer.AddPrefixed(signed);
            signer.Add(minSdk);
            signer.Add(maxSdk);
            signer.AddNested(signatures => signatures.AddNested(item =>
            {
                item.Add((uint)key.Algorithm);
                item.AddPrefixed(key.Sign(signed));
            }));
            signer.AddPrefixed(key.PublicKey.Span);
        }));
        return value.ToArray();
    }

    /// <summary>The signing block: a whole number of pages, as apksigner makes it.</summary>
    private static byte[] Block(byte[] value)
    {
        int pairs = ApkFormat.PairHeader + value.Length, unpadded = ApkFormat.BlockSizeField + pairs + ApkFormat.BlockFooter;
        int padding = (BlockAlignment - (unpadded % BlockAlignment)) % BlockAlignment;
        if (padding is > 0 and < ApkFormat.PairHeader)
        {
            padding += BlockAlignment;
        }

        byte[] block = new byte[unpadded + padding];
        ulong size = (ulong)(block.Length - ApkFormat.BlockSizeField);
        BinaryPrimitives.WriteUInt64LittleEndian(block, size);
        WritePair(block.AsSpan(ApkFormat.BlockSizeField, pairs), ApkFormat.SignatureSchemeV3);
        value.CopyTo(block.AsSpan(ApkFormat.BlockSizeField + ApkFormat.PairHeader));
        if (padding > 0)
        {
            WritePair(block.AsSpan(ApkFormat.BlockSizeField + pairs, padding), ApkFormat.Padding);
        }

        BinaryPrimitives.WriteUInt64LittleEndian(block.AsSpan(block.Length - ApkFormat.BlockFooter), size);
        ApkFormat.Magic.CopyTo(block.AsSpan(block.Length - ApkFormat.Magic.Length));
        return block;
    }

    private static void WritePair(Span<byte> pair, uint id)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(pair, (ulong)(pair.Length - 8));
        BinaryPrimitives.WriteUInt32LittleEndian(pair[8..], id);
    }
}
