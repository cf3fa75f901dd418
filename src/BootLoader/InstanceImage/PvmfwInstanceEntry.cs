using BootLoader.Blocks;
using BootLoader.Cryptography;

namespace BootLoader.InstanceImage;

/// <summary>The firmware's entry of an instance image: a <see cref="PvmfwInstanceRecord"/>, encrypted so that only this code on this machine reads it.</summary>
/// <remarks>
/// <para>The payload of 221 bytes is nonce (12) ‖ ciphertext (193) ‖ tag (16), of AES-256-GCM. The associated data is the entry's header, whole, as
/// it is with Microdroid's entry: so neither its zeros nor its UUID can be changed, and no other entry's payload passes for this one's.</para>
/// <para>The key is HKDF-SHA512 of the sealing CDI without a salt, for "vm-instance". It is made anew for each use and wiped.</para>
/// <para>What the format cannot keep the host from doing is to hide the entry, or to bring an older one back: the instance then is a new one, or
/// the old one.</para>
/// </remarks>
public static class PvmfwInstanceEntry
{
    /// <summary>Bytes of the nonce.</summary>
    public const int NonceSize = 12;

    /// <summary>Bytes of the tag.</summary>
    public const int TagSize = 16;

    /// <summary>Bytes of the payload.</summary>
    public const int PayloadLength = NonceSize + PvmfwInstanceRecord.Length + TagSize;

    private const int KeySize = 32;
    private const int TagOffset = NonceSize + PvmfwInstanceRecord.Length;

    private static ReadOnlySpan<byte> KeyInfo => "vm-instance"u8;

    /// <summary>Reads and decrypts the record.</summary>
    /// <param name="store">The image.</param>
    /// <param name="sealingCdi">The CDI for sealing that the firmware was handed, 32 bytes.</param>
    /// <param name="record">Takes the <see cref="PvmfwInstanceRecord.Length"/> bytes; zeros when they are refused.</param>
    /// <returns><see cref="InstanceImageFault.NotFound"/> of a new instance.</returns>
    public static InstanceImageFault Read<TStore, TCryptography>(ref TStore store, ReadOnlySpan<byte> sealingCdi, Span<byte> record)
        where TStore : struct, IBlockStore
        where TCryptography : ICryptography
    {
        record = record[..PvmfwInstanceRecord.Length];
        record.Clear();
        Span<byte> header = stackalloc byte[InstanceImageFormat.EntryHeaderSize];
        InstanceImageFault fault = InstanceImageReader.Find(ref store, InstanceImageFormat.Pvmfw, header, out InstanceEntry entry);
        if (fault != InstanceImageFault.None)
        {
            return fault;
        }

        Span<byte> payload = stackalloc byte[PayloadLength];
        fault = InstanceImageReader.Read(ref store, entry, payload);
        if (fault != InstanceImageFault.None)
        {
            return fault;
        }

        Span<byte> key = stackalloc byte[KeySize];
        Span<byte> data = payload[NonceSize..TagOffset];
        TCryptography.HkdfSha512(sealingCdi, default, KeyInfo, key);
        bool authentic = TCryptography.DecryptAes256Gcm(key, payload[..NonceSize], header, data, payload[TagOffset..]);
        if (authentic)
        {
            data.CopyTo(record);
        }

        TCryptography.Wipe(key);
        TCryptography.Wipe(payload);
        return authentic ? InstanceImageFault.None : InstanceImageFault.NotAuthentic;
    }

    /// <summary>Encrypts the record and writes it: the entry of a new instance, or in the place of the one that is there.</summary>
    /// <param name="store">The image.</param>
    /// <param name="sealingCdi">The CDI for sealing that the firmware was handed, 32 bytes.</param>
    /// <param name="nonce">12 bytes from a true source of randomness: the key is the same each time.</param>
    /// <param name="record">The <see cref="PvmfwInstanceRecord.Length"/> bytes.</param>
    public static InstanceImageFault Write<TStore, TCryptography>(
        ref TStore store, ReadOnlySpan<byte> sealingCdi, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> record)
        where TStore : struct, IBlockStore
        where TCryptography : ICryptography
    {
        Span<byte> header = stackalloc byte[InstanceImageFormat.EntryHeaderSize];
        InstanceImageWriter.FormatHeader(header, InstanceImageFormat.Pvmfw, PayloadLength);
        Span<byte> payload = stackalloc byte[PayloadLength];
        nonce[..NonceSize].CopyTo(payload);
        Span<byte> data = payload[NonceSize..TagOffset];
        record[..PvmfwInstanceRecord.Length].CopyTo(data);

        Span<byte> key = stackalloc byte[KeySize];
        TCryptography.HkdfSha512(sealingCdi, default, KeyInfo, key);
        TCryptography.EncryptAes256Gcm(key, payload[..NonceSize], header, data, payload[TagOffset..]);
        TCryptography.Wipe(key);
        return InstanceImageWriter.Write(ref store, header, payload);
    }
}
