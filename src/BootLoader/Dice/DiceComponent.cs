using BootLoader.Cbor;

namespace BootLoader.Dice;

/// <summary>
/// A configuration descriptor of the Android profile: what a layer is, for those who judge the chain (Android Profile for DICE, "Configuration
/// descriptor"; the Android Virtualization Framework's dice_for_avf_guest.cddl). Fields are set before it is written; what is empty is left out.
/// </summary>
public ref struct DiceComponent
{
    /// <summary>The component's name, for example <c>vm_entry</c>.</summary>
    public ReadOnlySpan<byte> Name { get; set; }

    /// <summary>The component's version as text; empty when it is a number or not there.</summary>
    public ReadOnlySpan<byte> VersionText { get; set; }

    /// <summary>The component's version as a number.</summary>
    public long Version { get; set; }

    /// <summary>Whether <see cref="Version"/> is there.</summary>
    public bool HasVersion { get; set; }

    /// <summary>Whether a factory reset changes the layer's inputs.</summary>
    public bool IsResettable { get; set; }

    /// <summary>The version that only grows when a flaw was removed.</summary>
    public ulong SecurityVersion { get; set; }

    /// <summary>Whether <see cref="SecurityVersion"/> is there.</summary>
    public bool HasSecurityVersion { get; set; }

    /// <summary>Whether this is the VM that serves remote key provisioning.</summary>
    public bool IsRkpVm { get; set; }

    /// <summary>Which of several instances of the component this is.</summary>
    public ReadOnlySpan<byte> InstanceName { get; set; }

    /// <summary>Where in its APK the payload's configuration lies.</summary>
    public ReadOnlySpan<byte> PayloadConfigPath { get; set; }

    /// <summary>The name of the payload's binary, when there is no configuration in the APK.</summary>
    public ReadOnlySpan<byte> PayloadBinaryName { get; set; }

    /// <summary>The encoded array of sub-components, which <see cref="DiceSubComponent"/> reads and writes.</summary>
    public ReadOnlySpan<byte> SubComponents { get; set; }

    /// <summary>The hash that tells this VM instance from others, 64 bytes.</summary>
    public ReadOnlySpan<byte> InstanceHash { get; set; }

    /// <summary>Reads a descriptor. Keys that are not known are passed over.</summary>
    /// <param name="descriptor">The descriptor and nothing else.</param>
    /// <param name="component">Its fields, when no error is returned.</param>
    public static DiceError Read(ReadOnlySpan<byte> descriptor, out DiceComponent component)
    {
        component = default;
        DiceComponent read = default;
        var reader = new CborReader(descriptor);
        if (!reader.TryReadMap(out int count))
        {
            return DiceCbor.Error(reader);
        }

        for (int i = 0; i < count; i++)
        {
            if (!DiceCbor.TryReadKey(ref reader, out long key) || !TryReadField(ref reader, key, ref read))
            {
                return DiceCbor.Error(reader);
            }
        }

        if (!reader.TryEnd())
        {
            return DiceCbor.Error(reader);
        }

        component = read;
        return DiceError.None;
    }

    /// <summary>Writes the descriptor.</summary>
    /// <param name="output">Takes it.</param>
    /// <param name="written">Its size; 0 when an error is returned.</param>
    /// <returns><see cref="DiceError.OutputTooSmall"/> when it does not fit.</returns>
    public readonly DiceError TryWrite(Span<byte> output, out int written)
    {
        written = 0;
        var writer = new CborWriter(output);
        bool hasVersion = HasVersion || !VersionText.IsEmpty, hasConfig = !PayloadConfigPath.IsEmpty || !PayloadBinaryName.IsEmpty;
        writer.WriteMap(
            One(!Name.IsEmpty) + One(hasVersion) + One(IsResettable) + One(HasSecurityVersion) + One(IsRkpVm) + One(!InstanceName.IsEmpty)
            + One(hasConfig) + One(!SubComponents.IsEmpty) + One(!InstanceHash.IsEmpty));
        WriteText(ref writer, DiceFormat.ComponentName, Name);
        WriteText(ref writer, DiceFormat.ComponentVersion, VersionText);
        if (HasVersion && VersionText.IsEmpty)
        {
            writer.WriteInteger(DiceFormat.ComponentVersion);
            writer.WriteInteger(Version);
        }

        WriteMark(ref writer, DiceFormat.Resettable, IsResettable);
        if (HasSecurityVersion)
        {
            writer.WriteInteger(DiceFormat.SecurityVersion);
            writer.WriteUnsigned(SecurityVersion);
        }

        WriteMark(ref writer, DiceFormat.RkpVmMarker, IsRkpVm);
        WriteText(ref writer, DiceFormat.ComponentInstanceName, InstanceName);
        WriteVirtualizationFields(ref writer);
        if (writer.Overflowed)
        {
            return DiceError.OutputTooSmall;
        }

        written = (int)writer.Length;
        return DiceError.None;
    }

    private static int One(bool there) => there ? 1 : 0;

    private static void WriteText(ref CborWriter writer, long key, scoped ReadOnlySpan<byte> text)
    {
        if (!text.IsEmpty)
        {
            writer.WriteInteger(key);
            writer.WriteText(text);
        }
    }

    private static void WriteMark(ref CborWriter writer, long key, bool there)
    {
        if (there)
        {
            writer.WriteInteger(key);
            writer.WriteNull();
        }
    }

    private static bool TryReadField(scoped ref CborReader reader, long key, scoped ref DiceComponent component)
    {
        switch (key)
        {
            case DiceFormat.ComponentName when reader.TryReadText(out ReadOnlySpan<byte> name):
                component.Name = name;
                return true;
            case DiceFormat.ComponentVersion when IsNext(reader, CborMajorType.Text) && reader.TryReadText(out ReadOnlySpan<byte> version):
                component.VersionText = version;
                return true;
            case DiceFormat.ComponentVersion when reader.TryReadInteger(out long version):
                component.Version = version;
                component.HasVersion = true;
                return true;
            case DiceFormat.Resettable when reader.TryReadNull():
                component.IsResettable = true;
                return true;
            case DiceFormat.SecurityVersion when reader.TryReadUnsigned(out ulong version):
                component.SecurityVersion = version;
                component.HasSecurityVersion = true;
                return true;
            case DiceFormat.RkpVmMarker when reader.TryReadNull():
                component.IsRkpVm = true;
                return true;
            case DiceFormat.ComponentInstanceName when reader.TryReadText(out ReadOnlySpan<byte> name):
                component.InstanceName = name;
                return true;
            default:
                return TryReadVirtualizationField(ref reader, key, ref component);
        }
    }

    private static bool TryReadVirtualizationField(scoped ref CborReader reader, long key, scoped ref DiceComponent component)
    {
        switch (key)
        {
            case DiceFormat.PayloadConfigPath when reader.TryReadText(out ReadOnlySpan<byte> path):
                component.PayloadConfigPath = path;
                return true;
            case DiceFormat.PayloadConfig when TryReadPayloadConfig(ref reader, out ReadOnlySpan<byte> name):
                component.PayloadBinaryName = name;
                return true;
            case DiceFormat.SubComponents when IsNext(reader, CborMajorType.Array) && reader.TryReadEncoded(out ReadOnlySpan<byte> list):
                component.SubComponents = list;
                return true;
            case DiceFormat.SubComponents:
                return reader.TryReadArray(out _); // It is none: the error says so.
            case DiceFormat.InstanceHash when reader.TryReadBytes(out ReadOnlySpan<byte> hash):
                component.InstanceHash = hash;
                return true;
            default:
                return reader.TrySkip(); // Fails when a field above could not be read: a reader's error stays.
        }
    }

    private static bool IsNext(in CborReader reader, CborMajorType expected) => reader.TryPeekType(out CborMajorType type) && type == expected;

    private static bool TryReadPayloadConfig(scoped ref CborReader reader, out ReadOnlySpan<byte> binaryName)
    {
        binaryName = default;
        if (!reader.TryReadMap(out int count))
        {
            return false;
        }

        for (int i = 0; i < count; i++)
        {
            if (!DiceCbor.TryReadKey(ref reader, out long key)
                || !(key == DiceFormat.PayloadBinaryName ? reader.TryReadText(out binaryName) : reader.TrySkip()))
            {
                return false;
            }
        }

        return true;
    }

    private readonly void WriteVirtualizationFields(scoped ref CborWriter writer)
    {
        WriteText(ref writer, DiceFormat.PayloadConfigPath, PayloadConfigPath);
        if (PayloadConfigPath.IsEmpty && !PayloadBinaryName.IsEmpty)
        {
            writer.WriteInteger(DiceFormat.PayloadConfig);
            writer.WriteMap(1);
            WriteText(ref writer, DiceFormat.PayloadBinaryName, PayloadBinaryName);
        }

        if (!SubComponents.IsEmpty)
        {
            writer.WriteInteger(DiceFormat.SubComponents);
            writer.WriteEncoded(SubComponents);
        }

        if (!InstanceHash.IsEmpty)
        {
            writer.WriteInteger(DiceFormat.InstanceHash);
            writer.WriteBytes(InstanceHash);
        }
    }
}
