using System.Security.Cryptography;

namespace Microdroid.Dice;

/// <summary>The instance's secrets, derived from the payload layer's sealing CDI (AVF vm_secret.rs, version 1).</summary>
/// <param name="artifacts">The payload's layer; disposed with this.</param>
internal sealed class VmSecret(DiceArtifacts artifacts) : IDisposable
{
    /// <summary>The longest secret, in bytes: the size of the hash.</summary>
    public const int MaximumSize = 32;

    // Calls of the payload come from several threads, and the memory is given back at the end.
    private readonly Lock _using = new();

    private static ReadOnlySpan<byte> PayloadServiceSalt =>
    [
        0x8b, 0x0f, 0xf0, 0xd3, 0xb1, 0x69, 0x2b, 0x95, 0x84, 0x2c, 0x9e, 0x3c, 0x99, 0x56, 0x7a, 0x22,
        0x55, 0xf8, 0x08, 0x23, 0x81, 0x5f, 0xf5, 0x16, 0x20, 0x3e, 0xbe, 0xba, 0xb7, 0xa8, 0x43, 0x92,
    ];

    private static ReadOnlySpan<byte> EncryptedStoreSalt =>
    [
        0xfc, 0x1d, 0x35, 0x7b, 0x96, 0xf3, 0xef, 0x17, 0x78, 0x7d, 0x70, 0xed, 0xea, 0xfe, 0x1d, 0x6f,
        0xb3, 0xf9, 0x40, 0xce, 0xdd, 0x99, 0x40, 0xaa, 0xa7, 0x0e, 0x92, 0x73, 0x90, 0x86, 0x4a, 0x75,
    ];

    /// <summary>A secret for the payload.</summary>
    /// <param name="identifier">Which one; the payload's choice.</param>
    /// <param name="output">Filled whole; at most <see cref="MaximumSize"/> bytes.</param>
    public void DerivePayloadSecret(ReadOnlySpan<byte> identifier, Span<byte> output) => Derive(PayloadServiceSalt, identifier, output);

    /// <summary>The key of the encrypted store.</summary>
    /// <param name="key">Takes 32 bytes.</param>
    public void DeriveEncryptedStoreKey(Span<byte> key) => Derive(EncryptedStoreSalt, "encryptedstore_key"u8, key[..MaximumSize]);

    /// <summary>The chain that ends with the payload's certificate.</summary>
    public byte[] CopyChain()
    {
        lock (_using)
        {
            return artifacts.Handover.Chain.ToArray();
        }
    }

    /// <summary>The payload's CDI_Attest; whoever takes it wipes it.</summary>
    public byte[] CopyAttestationCdi()
    {
        lock (_using)
        {
            ReadOnlySpan<byte> cdi = artifacts.Handover.CdiAttest;
            byte[] copy = GC.AllocateArray<byte>(cdi.Length, pinned: true); // The collector leaves no copies of it.
            cdi.CopyTo(copy);
            return copy;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_using)
        {
            artifacts.Dispose();
        }
    }

    private void Derive(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> identifier, Span<byte> output)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(output.Length, MaximumSize);
        if (output.IsEmpty)
        {
            return;
        }

        lock (_using)
        {
            HKDF.DeriveKey(HashAlgorithmName.SHA256, artifacts.Handover.CdiSeal, output, salt, identifier);
        }
    }
}
