using BootLoader.InstanceImage.Microdroid;

namespace Microdroid.Payload;

/// <summary>The payload after its verification.</summary>
/// <param name="Apk">The APK.</param>
/// <param name="ExtraApks">The extra APKs, in the order of their partitions.</param>
/// <param name="Apexes">The APEXes, in the order of the metadata.</param>
internal sealed record VerifiedPayload(VerifiedApk Apk, IReadOnlyList<VerifiedApk> ExtraApks, IReadOnlyList<VerifiedApex> Apexes)
{
    /// <summary>What the instance keeps of it, and what it is measured by.</summary>
    public MicrodroidData Data { get; } = new(
        new byte[MicrodroidData.SaltSize], Apk.Data, [.. ExtraApks.Select(apk => apk.Data)], [.. Apexes.Select(apex => apex.Data)]);
}
