namespace Microdroid.Payload;

/// <summary>Shows the files of an APK in the file system.</summary>
internal interface IApkFileSystem
{
    /// <summary>Mounts an APK, read only; returns when its files are there.</summary>
    /// <param name="apk">The APK.</param>
    /// <param name="target">The directory.</param>
    /// <param name="isExecutable">Whether programs in it may be run.</param>
    void Mount(VerifiedApk apk, string target, bool isExecutable);

    /// <summary>Unmounts everything.</summary>
    void UnmountAll();
}
