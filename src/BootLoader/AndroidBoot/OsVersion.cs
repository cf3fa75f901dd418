namespace BootLoader.AndroidBoot;

/// <summary>Android's version and patch level as a boot image has them: <c>A&lt;&lt;25 | B&lt;&lt;18 | C&lt;&lt;11 | (year − 2000)&lt;&lt;4 | month</c>.</summary>
/// <param name="Value">The word; 0 for none.</param>
public readonly record struct OsVersion(uint Value)
{
    /// <summary>A version A.B.C with a patch level.</summary>
    /// <exception cref="AndroidBootException">A part is out of range.</exception>
    public static OsVersion Of(int major, int minor, int patch, int year, int month)
    {
        bool possible = major is >= 0 and < 128 && minor is >= 0 and < 128 && patch is >= 0 and < 128 && year is >= 2000 and < 2128 && month is >= 1 and <= 12;
        return possible
            ? new OsVersion((uint)((major << 25) | (minor << 18) | (patch << 11) | ((year - 2000) << 4) | month))
            : throw new AndroidBootException($"the version {major}.{minor}.{patch} of {year}-{month:00} is out of range");
    }

    /// <inheritdoc/>
    public override string ToString() =>
        Value == 0 ? "none" : $"{Value >> 25}.{(Value >> 18) & 127}.{(Value >> 11) & 127}, patch level {2000 + ((Value >> 4) & 127)}-{Value & 15:00}";
}
