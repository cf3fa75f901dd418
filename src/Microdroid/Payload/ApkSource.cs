using BootLoader.Sources;

namespace Microdroid.Payload;

/// <summary>Opens verified APKs.</summary>
internal static class ApkSource
{
    /// <summary>Opens one; what is read is verified by dm-verity.</summary>
    public static FileSource Open(VerifiedApk apk) => new(File.OpenHandle(apk.Device, FileMode.Open, FileAccess.Read, FileShare.ReadWrite), apk.Size);
}
