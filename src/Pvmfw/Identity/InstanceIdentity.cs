using BootLoader.Avb;
using BootLoader.Cryptography;
using BootLoader.Dice;
using Pvmfw.DeviceTree;

namespace Pvmfw.Identity;

/// <summary>Which instance of a guest this is, and so which secrets it has. Also who keeps it from going back to an older version.</summary>
public ref struct InstanceIdentity
{
    /// <summary>Bytes of the salt.</summary>
    public const int SaltSize = DiceFormat.HashSize;

    /// <summary>Bytes that salt and hash take.</summary>
    public const int StorageSize = SaltSize + DiceFormat.HashSize;

    /// <summary>The rollback index that the one guest for provisioning keys must have: an older one could not tell good guests from bad ones.</summary>
    public const ulong RkpVmRollbackIndex = 1;

    private readonly Span<byte> _storage;

    private InstanceIdentity(Span<byte> storage)
    {
        this = default;
        _storage = storage[..StorageSize];
    }

    /// <summary>What tells this instance's secrets from those of others with the same code; 64 bytes, secret where the image keeps it.</summary>
    public readonly ReadOnlySpan<byte> Salt => _storage[..SaltSize];

    /// <summary>SHA-512 of the identifier that the host gave; empty where it gave none.</summary>
    public readonly ReadOnlySpan<byte> InstanceHash => HasInstanceHash ? _storage[SaltSize..] : default;

    /// <summary>The host gave an identifier.</summary>
    public bool HasInstanceHash { get; private set; }

    /// <summary>The guest protects itself against rollback, by a store that outlives it.</summary>
    public bool DefersRollbackProtection { get; private set; }

    /// <summary>The guest provisions attestation keys.</summary>
    public bool IsRkpVm { get; private set; }

    /// <summary>This is the instance's first boot.</summary>
    public bool IsNew { get; private set; }

    /// <summary>Decides on the identity, in this order: by the guest's own store, by the fixed version of the one guest for provisioning, by the instance image.</summary>
    /// <param name="facts">What the host says.</param>
    /// <param name="payload">The guest.</param>
    /// <param name="measurement">Its hashes.</param>
    /// <param name="sealingCdi">The secret under which the instance image's record is encrypted.</param>
    /// <param name="storage"><see cref="StorageSize"/> bytes, which the identity keeps.</param>
    /// <param name="identity">The identity, when there is no reason to reboot.</param>
    public static RebootReason Decide<TCryptography, TPlatform, TInstance>(
        scoped in TreeFacts facts,
        scoped in VerifiedPayload payload,
        scoped in Measurement measurement,
        scoped ReadOnlySpan<byte> sealingCdi,
        Span<byte> storage,
        out InstanceIdentity identity)
        where TCryptography : ICryptography
        where TPlatform : struct, IPlatform
        where TInstance : struct, IInstanceStore<TInstance>
    {
        identity = new InstanceIdentity(storage)
        {
            HasInstanceHash = facts.HasInstanceId,
            IsRkpVm = payload.IsRkpVm || (payload.Capabilities & GuestCapabilities.RemoteAttest) != 0,
            DefersRollbackProtection =
                facts.DefersRollbackProtection && (payload.Capabilities & GuestCapabilities.SecretkeeperProtection) != 0,
        };
        if (facts.HasInstanceId)
        {
            TCryptography.Sha512("InstanceId:"u8, facts.InstanceId, storage[SaltSize..StorageSize]);
        }

        if (identity.DefersRollbackProtection)
        {
            // The index becomes the version that the guest's store compares; 0 is what an image has whose signer did not think of it.
            return payload.RollbackIndex == 0 ? RebootReason.InvalidPayload : identity.SaltWithHash();
        }

        if (identity.IsRkpVm)
        {
            return payload.RollbackIndex != RkpVmRollbackIndex ? RebootReason.InvalidPayload : identity.SaltWithHash();
        }

        RebootReason reason = InstanceRecord.FindSalt<TCryptography, TPlatform, TInstance>(
            facts, sealingCdi, measurement, storage[..SaltSize], out bool isNew);
        identity.IsNew = isNew;
        return reason;
    }

    /// <summary>Without an image, the host's identifier tells instances apart, and must be there.</summary>
    private readonly RebootReason SaltWithHash()
    {
        InstanceHash.CopyTo(_storage);
        return HasInstanceHash ? RebootReason.None : RebootReason.InvalidFdt;
    }
}
