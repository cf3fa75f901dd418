using BootLoader.Cbor;

namespace BootLoader.Dice;

/// <summary>A part that a layer is made up of, an APK or an APEX: an item of the list in a configuration descriptor (Android Virtualization Framework).</summary>
public readonly ref struct DiceSubComponent
{
    private const int Fields = 4;

    /// <summary>A sub-component.</summary>
    /// <param name="name">For example <c>apk:com.example</c>.</param>
    /// <param name="securityVersion">Its version.</param>
    /// <param name="codeHash">The hash of its code.</param>
    /// <param name="authorityHash">The hash of whose key vouches for it.</param>
    public DiceSubComponent(ReadOnlySpan<byte> name, ulong securityVersion, ReadOnlySpan<byte> codeHash, ReadOnlySpan<byte> authorityHash)
    {
        Name = name;
        SecurityVersion = securityVersion;
        CodeHash = codeHash;
        AuthorityHash = authorityHash;
    }

    /// <summary>The name, with what kind it is in front.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>The version.</summary>
    public ulong SecurityVersion { get; }

    /// <summary>The hash of the code.</summary>
    public ReadOnlySpan<byte> CodeHash { get; }

    /// <summary>The hash of whose key vouches for it.</summary>
    public ReadOnlySpan<byte> AuthorityHash { get; }

    /// <summary>Reads one item of the list, whose head <see cref="CborReader.TryReadArray"/> has read.</summary>
    public static DiceError Read(ref CborReader reader, out DiceSubComponent component)
    {
        component = default;
        if (!reader.TryReadMap(out int count))
        {
            return DiceCbor.Error(reader);
        }

        ReadOnlySpan<byte> name = default, codeHash = default, authorityHash = default;
        ulong version = 0;
        int found = 0;
        for (int i = 0; i < count; i++)
        {
            if (!DiceCbor.TryReadKey(ref reader, out long key))
            {
                return DiceCbor.Error(reader);
            }

            bool read = key switch
            {
                DiceFormat.SubComponentName => reader.TryReadText(out name),
                DiceFormat.SubComponentVersion => reader.TryReadUnsigned(out version),
                DiceFormat.SubComponentCodeHash => reader.TryReadBytes(out codeHash),
                DiceFormat.SubComponentAuthorityHash => reader.TryReadBytes(out authorityHash),
                _ => reader.TrySkip(),
            };
            if (!read)
            {
                return DiceCbor.Error(reader);
            }

            found += key is >= DiceFormat.SubComponentName and <= DiceFormat.SubComponentAuthorityHash ? 1 : 0;
        }

        component = new DiceSubComponent(name, version, codeHash, authorityHash);
        return found == Fields ? DiceError.None : DiceError.WrongStructure;
    }

    /// <summary>Writes the item; the head of the list comes before the first.</summary>
    public void Write(scoped ref CborWriter writer)
    {
        writer.WriteMap(Fields);
        writer.WriteInteger(DiceFormat.SubComponentName);
        writer.WriteText(Name);
        writer.WriteInteger(DiceFormat.SubComponentVersion);
        writer.WriteUnsigned(SecurityVersion);
        writer.WriteInteger(DiceFormat.SubComponentCodeHash);
        writer.WriteBytes(CodeHash);
        writer.WriteInteger(DiceFormat.SubComponentAuthorityHash);
        writer.WriteBytes(AuthorityHash);
    }
}
