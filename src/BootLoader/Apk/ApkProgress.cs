namespace BootLoader.Apk;

/// <summary>How far work on an APK is.</summary>
/// <param name="Done">Bytes done.</param>
/// <param name="Total">Bytes of the whole.</param>
public readonly record struct ApkProgress(long Done, long Total);
