using BootLoader.InstanceImage.Microdroid;

namespace Microdroid.Payload;

/// <summary>An APK whose every block is verified when it is read.</summary>
/// <param name="Device">The device to read it from.</param>
/// <param name="Size">The device's size in bytes.</param>
/// <param name="Data">What it is.</param>
internal sealed record VerifiedApk(string Device, long Size, ApkData Data);
