using BootLoader.Sources;
using ZipFuse;

namespace Microdroid.Payload;

/// <summary>APKs mounted by the manager's own zip file system. Root owns the files, the payload's group may read and run them (as in AVF).</summary>
internal sealed class ZipApkFileSystem : IApkFileSystem
{
    private readonly Stack<(ZipMount Mount, FileSource Source)> _mounts = new();

    /// <inheritdoc/>
    public void Mount(VerifiedApk apk, string target, bool isExecutable)
    {
        if (!Directory.Exists(target))
        {
            Directory.CreateDirectory(target);
        }

        FileSource source = ApkSource.Open(apk);
        try
        {
            _mounts.Push((ZipMount.Mount(source, target, new ZipMountOptions { Uid = 0, Gid = PayloadUser.Gid, NoExec = !isExecutable }), source));
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void UnmountAll()
    {
        while (_mounts.TryPop(out (ZipMount Mount, FileSource Source) mount))
        {
            mount.Mount.Dispose();
            mount.Source.Dispose();
        }
    }
}
