using BootLoader.Cryptography;

namespace BootLoader.Dice;

/// <summary>Derives a layer's secrets, the compound device identifiers (Open Profile for DICE, "Attestation CDI" and "Sealing CDI").</summary>
public static class DiceCdi
{
    /// <summary>Derives both CDIs of the next layer.</summary>
    /// <param name="attest">This layer's CDI_Attest, 32 bytes.</param>
    /// <param name="seal">This layer's CDI_Seal, 32 bytes.</param>
    /// <param name="inputs">What the next layer is measured by.</param>
    /// <param name="configuration">The next layer's configuration.</param>
    /// <param name="nextAttest">Takes the next layer's CDI_Attest, 32 bytes.</param>
    /// <param name="nextSeal">Takes the next layer's CDI_Seal, 32 bytes.</param>
    /// <returns><see cref="DiceError.WrongCdiSize"/>, <see cref="DiceError.WrongHashSize"/> or <see cref="DiceError.WrongMode"/> when an input cannot be used.</returns>
    public static DiceError Derive<TCryptography>(
        ReadOnlySpan<byte> attest,
        ReadOnlySpan<byte> seal,
        in DiceInputs inputs,
        in DiceConfiguration configuration,
        Span<byte> nextAttest,
        Span<byte> nextSeal)
        where TCryptography : ICryptography
    {
        if (attest.Length != DiceFormat.CdiSize || seal.Length != DiceFormat.CdiSize || nextAttest.Length != DiceFormat.CdiSize || nextSeal.Length != DiceFormat.CdiSize)
        {
            return DiceError.WrongCdiSize;
        }

        if (!inputs.IsValid || !configuration.IsValid)
        {
            return inputs.Mode > DiceMode.Recovery ? DiceError.WrongMode : DiceError.WrongHashSize;
        }

        // code ‖ configuration ‖ authority ‖ mode ‖ hidden; what CDI_Seal is bound to is the end of it.
        const int Authority = DiceFormat.HashSize + DiceFormat.ConfigurationSize;
        const int Mode = Authority + DiceFormat.HashSize;
        Span<byte> measured = stackalloc byte[Mode + 1 + DiceFormat.HiddenSize];
        inputs.CodeHash.CopyTo(measured);
        configuration.CopyInput<TCryptography>(measured[DiceFormat.HashSize..Authority]);
        inputs.AuthorityHash.CopyTo(measured[Authority..]);
        measured[Mode] = (byte)inputs.Mode;
        inputs.Hidden.CopyTo(measured[(Mode + 1)..]);

        Span<byte> salt = stackalloc byte[DiceFormat.HashSize];
        TCryptography.Sha512(measured, default, salt);
        TCryptography.HkdfSha512(attest, salt, DiceFormat.CdiAttestLabel, nextAttest);
        TCryptography.Sha512(measured[Authority..], default, salt);
        TCryptography.HkdfSha512(seal, salt, DiceFormat.CdiSealLabel, nextSeal);
        TCryptography.Wipe(measured);
        TCryptography.Wipe(salt);
        return DiceError.None;
    }

    /// <summary>Derives what the key pair of a layer is made from.</summary>
    /// <param name="attest">The layer's CDI_Attest, 32 bytes.</param>
    /// <param name="seed">Takes 32 bytes, a secret.</param>
    public static void DeriveKeySeed<TCryptography>(ReadOnlySpan<byte> attest, Span<byte> seed)
        where TCryptography : ICryptography =>
        TCryptography.HkdfSha512(attest, DiceFormat.KeyPairSalt, DiceFormat.KeyPairLabel, seed);
}
