using BootLoader.Cbor;

namespace BootLoader.Dice;

/// <summary>The claims of a certificate as they are read: a map whose order does not matter and whose unknown keys are passed over.</summary>
internal ref struct DiceClaims
{
    public ReadOnlySpan<byte> Issuer;
    public ReadOnlySpan<byte> Subject;
    public ReadOnlySpan<byte> CodeHash;
    public ReadOnlySpan<byte> CodeDescriptor;
    public ReadOnlySpan<byte> Configuration;
    public ReadOnlySpan<byte> ConfigurationHash;
    public ReadOnlySpan<byte> AuthorityHash;
    public ReadOnlySpan<byte> AuthorityDescriptor;
    public ReadOnlySpan<byte> SubjectKey;
    public ReadOnlySpan<byte> KeyUsage;
    public ReadOnlySpan<byte> ProfileName;
    public DiceMode Mode;

    /// <summary>Reads the map. Sizes and contents are not looked at, but for the mode.</summary>
    public static DiceError Read(ReadOnlySpan<byte> payload, out DiceClaims claims)
    {
        claims = default;
        DiceClaims read = default;
        var reader = new CborReader(payload);
        if (!reader.TryReadMap(out int count))
        {
            return DiceCbor.Error(reader);
        }

        bool hasMode = false;
        for (int i = 0; i < count; i++)
        {
            if (!DiceCbor.TryReadKey(ref reader, out long key))
            {
                return DiceCbor.Error(reader);
            }

            if (key == DiceFormat.Mode)
            {
                hasMode = true;
                if (!TryReadMode(ref reader, out read.Mode))
                {
                    return reader.Error == CborError.None ? DiceError.WrongMode : DiceCbor.Error(reader);
                }
            }
            else if (!TryReadValue(ref reader, key, ref read))
            {
                return DiceCbor.Error(reader);
            }
        }

        if (!reader.TryEnd())
        {
            return DiceCbor.Error(reader);
        }

        claims = read;
        return hasMode ? DiceError.None : DiceError.WrongMode;
    }

    /// <summary>The mode is a byte string of one byte; an integer in certificates of Android 14.</summary>
    private static bool TryReadMode(ref CborReader reader, out DiceMode mode)
    {
        mode = DiceMode.NotConfigured;
        ulong value;
        if (reader.TryPeekType(out CborMajorType type) && type == CborMajorType.Unsigned)
        {
            if (!reader.TryReadUnsigned(out value))
            {
                return false;
            }
        }
        else if (reader.TryReadBytes(out ReadOnlySpan<byte> bytes) && bytes.Length == 1)
        {
            value = bytes[0];
        }
        else
        {
            return false;
        }

        mode = (DiceMode)Math.Min(value, byte.MaxValue);
        return value <= (ulong)DiceMode.Recovery;
    }

    private static bool TryReadValue(scoped ref CborReader reader, long key, scoped ref DiceClaims claims) => key switch
    {
        DiceFormat.Issuer => reader.TryReadText(out claims.Issuer),
        DiceFormat.Subject => reader.TryReadText(out claims.Subject),
        DiceFormat.CodeHash => reader.TryReadBytes(out claims.CodeHash),
        DiceFormat.CodeDescriptor => reader.TryReadBytes(out claims.CodeDescriptor),
        DiceFormat.ConfigurationDescriptor => reader.TryReadBytes(out claims.Configuration),
        DiceFormat.ConfigurationHash => reader.TryReadBytes(out claims.ConfigurationHash),
        DiceFormat.AuthorityHash => reader.TryReadBytes(out claims.AuthorityHash),
        DiceFormat.AuthorityDescriptor => reader.TryReadBytes(out claims.AuthorityDescriptor),
        DiceFormat.SubjectPublicKey => reader.TryReadBytes(out claims.SubjectKey),
        DiceFormat.KeyUsage => reader.TryReadBytes(out claims.KeyUsage),
        DiceFormat.ProfileName => reader.TryReadText(out claims.ProfileName),
        _ => reader.TrySkip(),
    };
}
