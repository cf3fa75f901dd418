using BootLoader.Cbor;

namespace BootLoader.Dice;

/// <summary>Goes through the certificates of a chain that was read before.</summary>
public ref struct DiceCertificateEnumerator
{
    private CborReader _reader;
    private DiceCertificate _current;

    internal DiceCertificateEnumerator(ReadOnlySpan<byte> certificates)
    {
        _reader = new CborReader(certificates);
        _current = default;
    }

    /// <summary>The certificate that was gone to.</summary>
    public readonly DiceCertificate Current => _current;

    /// <summary>Goes to the next certificate.</summary>
    /// <returns>False after the last one.</returns>
    public bool MoveNext() =>
        !_reader.IsAtEnd
        && _reader.TryReadEncoded(out ReadOnlySpan<byte> item)
        && DiceCertificate.Read(item, out _current) == DiceError.None;
}
