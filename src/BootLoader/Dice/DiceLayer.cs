using BootLoader.Cbor;
using BootLoader.Cryptography;

namespace BootLoader.Dice;

/// <summary>What a layer does for the next one: derives its secrets, vouches for it with a certificate, and writes its hand-over (Android Profile for DICE).</summary>
public static class DiceLayer
{
    /// <summary>Makes the hand-over of the next layer, whose keys are of Ed25519 and whose certificate is of the Android profile.</summary>
    /// <param name="handover">This layer's hand-over.</param>
    /// <param name="inputs">What the next layer is measured by.</param>
    /// <param name="configurationDescriptor">The next layer's configuration descriptor.</param>
    /// <param name="output">Takes the hand-over; must not overlap this layer's. Filled with zeros when an error is returned.</param>
    /// <param name="written">The hand-over's size; 0 when an error is returned.</param>
    public static DiceError TryDerive<TCryptography>(
        in DiceHandover handover,
        in DiceInputs inputs,
        ReadOnlySpan<byte> configurationDescriptor,
        Span<byte> output,
        out int written)
        where TCryptography : ICryptography =>
        TryDerive<DiceKeys<TCryptography>, TCryptography>(
            handover, inputs, DiceConfiguration.Descriptor(configurationDescriptor), DiceProfile.Android, output, out written);

    /// <summary>
    /// Makes the hand-over of the next layer. Its chain is this layer's with one certificate more; when this layer has none, the chain begins with
    /// this layer's own key. The chain's signatures are not verified, but its last key must be this layer's.
    /// </summary>
    /// <param name="handover">This layer's hand-over.</param>
    /// <param name="inputs">What the next layer is measured by.</param>
    /// <param name="configuration">The next layer's configuration.</param>
    /// <param name="profile">The kind of certificate.</param>
    /// <param name="output">Takes the hand-over; must not overlap this layer's. Filled with zeros when an error is returned.</param>
    /// <param name="written">The hand-over's size; 0 when an error is returned.</param>
    public static DiceError TryDerive<TKeys, TCryptography>(
        in DiceHandover handover,
        in DiceInputs inputs,
        in DiceConfiguration configuration,
        in DiceProfile profile,
        Span<byte> output,
        out int written)
        where TKeys : IDiceKeys
        where TCryptography : ICryptography
    {
        written = 0;
        Span<byte> attest = stackalloc byte[DiceFormat.CdiSize];
        Span<byte> seal = stackalloc byte[DiceFormat.CdiSize];
        DiceError error = DiceCdi.Derive<TCryptography>(handover.CdiAttest, handover.CdiSeal, inputs, configuration, attest, seal);
        if (error == DiceError.None)
        {
            var writer = new CborWriter(output);
            DiceHandover.WriteHead(ref writer, attest, seal, hasChain: true);
            error = WriteChain<TKeys, TCryptography>(ref writer, handover, profile);
            if (error == DiceError.None)
            {
                int start = (int)writer.Length;
                error = DiceCertificateWriter.TryWrite<TKeys, TCryptography>(
                    handover.CdiAttest, attest, inputs, configuration, profile, output[start..], out int size);
                written = error == DiceError.None ? start + size : 0;
            }
        }

        TCryptography.Wipe(attest);
        TCryptography.Wipe(seal);
        TCryptography.Wipe(output[written..]); // Nothing of a hand-over that failed, and nothing that the certificate was put together from.
        return error;
    }

    /// <summary>Writes the next layer's chain up to its last certificate.</summary>
    private static DiceError WriteChain<TKeys, TCryptography>(ref CborWriter writer, in DiceHandover handover, in DiceProfile profile)
        where TKeys : IDiceKeys
        where TCryptography : ICryptography
    {
        Span<byte> raw = stackalloc byte[DicePublicKey.MaximumSize];
        if (!DiceCertificateWriter.TryDerivePublicKey<TKeys, TCryptography>(handover.CdiAttest, profile.Algorithm, raw))
        {
            return DiceError.KeyDerivationFailed;
        }

        var own = new DicePublicKey(profile.Algorithm, raw[..DicePublicKey.RawSize(profile.Algorithm)]);
        if (handover.Chain.IsEmpty)
        {
            writer.WriteArray(2);
            DicePublicKey.Write(ref writer, own);
        }
        else
        {
            DiceFault fault = DiceChain.Open(handover.Chain, out DiceChain chain);
            if (!fault.IsNone)
            {
                return fault.Error;
            }

            if (chain.Count == DiceChain.MaximumCertificates)
            {
                return DiceError.WrongCertificateCount;
            }

            if (!chain.LeafKey.Equals(own))
            {
                return DiceError.LeafKeyMismatch;
            }

            writer.WriteArray(chain.Count + 2);
            writer.WriteEncoded(chain.Items);
        }

        return writer.Overflowed ? DiceError.OutputTooSmall : DiceError.None;
    }
}
