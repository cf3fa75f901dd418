using System.Security.Cryptography;
using BootLoader.Blocks;
using BootLoader.Cryptography;

namespace BootLoader.InstanceImage.Microdroid;

/// <summary>The manager's entry of an instance image: <see cref="MicrodroidData"/>, encrypted so that only this guest on this machine reads it.</summary>
/// <remarks>
/// <para>The payload is nonce (12) ‖ ciphertext ‖ tag (16), of AES-256-GCM; the associated data is the entry's header, whole. The key is HKDF-SHA256 of
/// the sealing CDI that the manager was handed, without a salt, for "microdroid_manager_key".</para>
/// <para>What the format cannot keep the host from doing is to hide the entry, or to bring an older one back.</para>
/// </remarks>
public static class MicrodroidInstanceEntry
{
    /// <summary>Bytes of the nonce.</summary>
    public const int NonceSize = 12;

    /// <summary>Bytes of the tag.</summary>
    public const int TagSize = 16;

    private const int KeySize = 32;

    private static ReadOnlySpan<byte> KeyInfo => "microdroid_manager_key"u8;

    /// <summary>Reads and decrypts the record.</summary>
    /// <param name="store">The image.</param>
    /// <param name="sealingCdi">The CDI for sealing that the manager was handed, 32 bytes.</param>
    /// <param name="data">The record; null when none is returned.</param>
    /// <returns><see cref="InstanceImageFault.NotFound"/> of a new instance.</returns>
    public static InstanceImageFault Read<TStore>(ref TStore store, ReadOnlySpan<byte> sealingCdi, out MicrodroidData? data)
        where TStore : struct, IBlockStore
    {
        data = null;
        Span<byte> header = stackalloc byte[InstanceImageFormat.EntryHeaderSize];
        InstanceImageFault fault = InstanceImageReader.Find(ref store, InstanceImageFormat.Microdroid, header, out InstanceEntry entry);
        if (fault != InstanceImageFault.None)
        {
            return fault;
        }

        if (entry.PayloadLength is < NonceSize + TagSize or > NonceSize + MicrodroidDataCbor.MaximumSize + TagSize)
        {
            return InstanceImageFault.BadLength;
        }

        byte[] payload = new byte[entry.PayloadLength];
        fault = InstanceImageReader.Read(ref store, entry, payload);
        if (fault != InstanceImageFault.None)
        {
            return fault;
        }

        Span<byte> content = payload.AsSpan(NonceSize..^TagSize);
        Span<byte> key = stackalloc byte[KeySize];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, sealingCdi, key, [], KeyInfo);
        bool authentic = HostCryptography.DecryptAes256Gcm(key, payload.AsSpan(0, NonceSize), header, content, payload.AsSpan(payload.Length - TagSize));
        CryptographicOperations.ZeroMemory(key);
        if (!authentic)
        {
            return InstanceImageFault.NotAuthentic;
        }

        return MicrodroidDataCbor.TryRead(content, out data) ? InstanceImageFault.None : InstanceImageFault.BadRecord;
    }

    /// <summary>Encrypts the record and writes it. A loss of power on the way leaves no entry, or the whole one.</summary>
    /// <param name="store">The image.</param>
    /// <param name="sealingCdi">The CDI for sealing that the manager was handed, 32 bytes.</param>
    /// <param name="nonce">12 bytes from a true source of randomness: the key is the same each time.</param>
    /// <param name="data">The record.</param>
    public static InstanceImageFault Write<TStore>(ref TStore store, ReadOnlySpan<byte> sealingCdi, ReadOnlySpan<byte> nonce, MicrodroidData data)
        where TStore : struct, IBlockStore
    {
        byte[] content = MicrodroidDataCbor.Write(data);
        if (content.Length > MicrodroidDataCbor.MaximumSize)
        {
            return InstanceImageFault.BadLength;
        }

        byte[] payload = new byte[NonceSize + content.Length + TagSize];
        nonce[..NonceSize].CopyTo(payload);
        content.CopyTo(payload.AsSpan(NonceSize));
        Span<byte> header = stackalloc byte[InstanceImageFormat.EntryHeaderSize];
        InstanceImageWriter.FormatHeader(header, InstanceImageFormat.Microdroid, payload.Length);

        Span<byte> key = stackalloc byte[KeySize];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, sealingCdi, key, [], KeyInfo);
        HostCryptography.EncryptAes256Gcm(key, payload.AsSpan(0, NonceSize), header, payload.AsSpan(NonceSize..^TagSize), payload.AsSpan(payload.Length - TagSize));
        CryptographicOperations.ZeroMemory(key);
        return InstanceImageWriter.Write(ref store, header, payload);
    }
}
