namespace BootLoader.InstanceImage.Microdroid;

/// <summary>What the guest's manager keeps of an instance: the payload that it first booted (AVF microdroid_manager, instance.rs: MicrodroidData).</summary>
/// <param name="Salt">64 bytes. Zeros: what once told instances apart by it does so by the instance's id.</param>
/// <param name="Apk">The payload's APK.</param>
/// <param name="ExtraApks">Its extra APKs, in the order of their partitions.</param>
/// <param name="Apexes">Its APEXes, in the order of the metadata.</param>
public sealed record MicrodroidData(ReadOnlyMemory<byte> Salt, ApkData Apk, IReadOnlyList<ApkData> ExtraApks, IReadOnlyList<ApexData> Apexes)
{
    /// <summary>Bytes of the salt.</summary>
    public const int SaltSize = 64;

    /// <summary>Compares what they hold.</summary>
    public bool Equals(MicrodroidData? other) =>
        other is not null
        && Salt.Span.SequenceEqual(other.Salt.Span)
        && Apk.Equals(other.Apk)
        && ExtraApks.SequenceEqual(other.ExtraApks)
        && Apexes.SequenceEqual(other.Apexes);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Apk, ExtraApks.Count, Apexes.Count);
}
