using BootLoader.Avb;
using BootLoader.Cryptography;
using BootLoader.Dice;

namespace Pvmfw.Identity;

/// <summary>What a verified guest is, in the terms of DICE: its code, who vouches for it, and whether it may be debugged.</summary>
public readonly ref struct Measurement
{
    /// <summary>Bytes that the hashes take.</summary>
    public const int StorageSize = 2 * DiceFormat.HashSize;

    private readonly Span<byte> _storage;

    private Measurement(Span<byte> storage, DiceMode mode)
    {
        _storage = storage;
        Mode = mode;
    }

    /// <summary>SHA-512 of the kernel's digest and the initial RAM disk's, or 32 zeros where there is none.</summary>
    public ReadOnlySpan<byte> CodeHash => _storage[..DiceFormat.HashSize];

    /// <summary>SHA-512 of the public key blob that verified the kernel.</summary>
    public ReadOnlySpan<byte> AuthorityHash => _storage[DiceFormat.HashSize..StorageSize];

    /// <summary>Normal, or debug.</summary>
    public DiceMode Mode { get; }

    /// <summary>Measures a payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="storage"><see cref="StorageSize"/> bytes, which the measurement keeps.</param>
    public static Measurement Of<TCryptography>(scoped in VerifiedPayload payload, Span<byte> storage)
        where TCryptography : ICryptography
    {
        Span<byte> digests = stackalloc byte[2 * Sha256Digest.Size];
        payload.KernelDigest.CopyTo(digests);
        payload.InitrdDigest.CopyTo(digests[Sha256Digest.Size..]);
        TCryptography.Sha512(digests, default, storage[..DiceFormat.HashSize]);
        TCryptography.Sha512(payload.PublicKey, default, storage[DiceFormat.HashSize..StorageSize]);
        return new Measurement(storage, payload.DebugLevel == GuestDebugLevel.None ? DiceMode.Normal : DiceMode.Debug);
    }
}
