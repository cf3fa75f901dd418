namespace BootLoader.Dice;

/// <summary>The key pairs that a program can handle: which algorithms it has beyond those of <see cref="DiceKeys{TCryptography}"/> is its own matter.</summary>
public interface IDiceKeys
{
    /// <summary>Makes a key pair from a seed.</summary>
    /// <param name="algorithm">The algorithm.</param>
    /// <param name="seed">32 bytes.</param>
    /// <param name="privateKey">Takes the private key at its beginning: <see cref="DicePublicKey.MaximumCoordinate"/> bytes are enough.</param>
    /// <param name="publicKey">Takes the public key at its beginning: <see cref="DicePublicKey.MaximumSize"/> bytes are enough.</param>
    /// <returns>False when the algorithm is not supported.</returns>
    static abstract bool TryDerive(DiceKeyAlgorithm algorithm, ReadOnlySpan<byte> seed, Span<byte> privateKey, Span<byte> publicKey);

    /// <summary>Signs with a private key that <see cref="TryDerive"/> made.</summary>
    /// <param name="algorithm">The algorithm.</param>
    /// <param name="privateKey">The private key, at the beginning of the span.</param>
    /// <param name="message">What is signed.</param>
    /// <param name="signature">Takes <see cref="DicePublicKey.SignatureSize"/> bytes.</param>
    /// <returns>False when the algorithm is not supported or the key cannot be used.</returns>
    static abstract bool TrySign(DiceKeyAlgorithm algorithm, ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> message, Span<byte> signature);

    /// <summary>Verifies a signature.</summary>
    /// <param name="algorithm">The algorithm.</param>
    /// <param name="publicKey">The key: 32 bytes of Ed25519, or X and Y.</param>
    /// <param name="message">What was signed.</param>
    /// <param name="signature">The signature.</param>
    /// <returns>False when it is wrong, or the algorithm is not supported.</returns>
    static abstract bool Verify(DiceKeyAlgorithm algorithm, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);
}
