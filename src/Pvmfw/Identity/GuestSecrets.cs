using BootLoader.Avb;
using BootLoader.Cryptography;
using BootLoader.Dice;

namespace Pvmfw.Identity;

/// <summary>Derives the guest's secrets and certificate.</summary>
public static class GuestSecrets
{
    // A name of 256 bytes, a hash of 64, keys, heads and a number.
    private const int LongestDescriptor = 512;

    /// <summary>Writes the next stage's hand-over.</summary>
    /// <param name="handover">What the firmware was handed.</param>
    /// <param name="payload">The guest.</param>
    /// <param name="measurement">Its hashes.</param>
    /// <param name="identity">Which instance it is.</param>
    /// <param name="page">Takes the hand-over; zeros behind it, or everywhere when it fails.</param>
    public static DiceError Derive<TCryptography>(
        scoped in DiceHandover handover,
        scoped in VerifiedPayload payload,
        scoped in Measurement measurement,
        scoped in InstanceIdentity identity,
        Span<byte> page)
        where TCryptography : ICryptography
    {
        Span<byte> hidden = stackalloc byte[DiceFormat.HiddenSize];
        Hide<TCryptography>(identity, hidden);
        Span<byte> descriptor = stackalloc byte[LongestDescriptor];
        var component = new DiceComponent
        {
            Name = payload.Name.Length > 0 ? payload.Name : "vm_entry"u8,
            HasSecurityVersion = true,
            SecurityVersion = payload.RollbackIndex,
            IsRkpVm = identity.IsRkpVm,
            InstanceHash = identity.InstanceHash,
        };
        DiceError error = component.TryWrite(descriptor, out int length);
        if (error == DiceError.None)
        {
            var inputs = new DiceInputs(measurement.CodeHash, measurement.AuthorityHash, measurement.Mode, hidden);
            error = DiceLayer.TryDerive<TCryptography>(handover, inputs, descriptor[..length], page, out _);
        }

        TCryptography.Wipe(hidden);
        return error;
    }

    /// <summary>Hidden: SHA-512 of a byte for the RKP VM, the salt, and a byte for deferred rollback protection.</summary>
    private static void Hide<TCryptography>(scoped in InstanceIdentity identity, Span<byte> hidden)
        where TCryptography : ICryptography
    {
        Span<byte> input = stackalloc byte[1 + InstanceIdentity.SaltSize + 1];
        input[0] = identity.IsRkpVm ? (byte)1 : (byte)0;
        identity.Salt.CopyTo(input[1..]);
        input[^1] = identity.DefersRollbackProtection ? (byte)1 : (byte)0;
        TCryptography.Sha512(input, default, hidden);
        TCryptography.Wipe(input);
    }
}
