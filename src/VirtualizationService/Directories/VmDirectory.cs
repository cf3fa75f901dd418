using System.Globalization;
using Kvm.Interop;
using Kvm.Interop.Files;
using Kvm.Interop.Processes;

namespace VirtualizationService.Directories;

/// <summary>The temporary directory of a VM, <c>ROOT/CID</c>, held by a lock that the kernel drops when this process ends in whatever way.</summary>
public sealed class VmDirectory : IDisposable
{
    private const string LockName = "lock";

    private readonly DiskDescriptor _lock;

    private VmDirectory(string path, DiskDescriptor held)
    {
        Path = path;
        _lock = held;
    }

    /// <summary>The directory.</summary>
    public string Path { get; }

    /// <summary>Makes a directory; what a process that was killed has left there is removed first.</summary>
    /// <param name="root">Where, of the user's own.</param>
    /// <param name="cid">The VM's.</param>
    /// <returns>Null where it is the directory of another VM that runs.</returns>
    /// <exception cref="RefusedException">It cannot be made.</exception>
    public static VmDirectory? TryMake(string root, uint cid)
    {
        string path = System.IO.Path.Combine(root, cid.ToString(CultureInfo.InvariantCulture));
        try
        {
            using DiskDescriptor all = LockRoot(root);
            if (System.IO.Path.Exists(path) && !TryRemove(path))
            {
                return null;
            }

            return PrivateDirectory.TryCreate(path)
                ? Hold(path)
                : throw new RefusedException(Refusal.Failed, $"{path} cannot be made as a directory of this user alone");
        }
        catch (Exception e) when (e is LinuxException or IOException or UnauthorizedAccessException)
        {
            throw new RefusedException(Refusal.Failed, $"{path} cannot be made: {e.Message}", e);
        }
    }

    /// <summary>Takes over a directory that the system service has made for this user.</summary>
    /// <exception cref="RefusedException">It is not this user's alone.</exception>
    public static VmDirectory Adopt(string path)
    {
        try
        {
            return PrivateDirectory.IsAt(path)
                ? Hold(path)
                : throw new RefusedException(Refusal.Failed, $"{path} of the system service is not a directory of this user alone");
        }
        catch (LinuxException e)
        {
            throw new RefusedException(Refusal.Failed, $"{path} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>The directories of VMs below a root, running or left over.</summary>
    public static IEnumerable<(uint Cid, string Path)> List(string root)
    {
        string[] entries;
        try
        {
            entries = Directory.GetDirectories(root);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            yield break;
        }

        foreach (string entry in entries)
        {
            if (uint.TryParse(System.IO.Path.GetFileName(entry), NumberStyles.None, CultureInfo.InvariantCulture, out uint cid))
            {
                yield return (cid, entry);
            }
        }
    }

    /// <summary>Whether the VM's manager lives: it holds the lock.</summary>
    public static bool IsHeld(string path)
    {
        try
        {
            using DiskDescriptor file = DiskDescriptor.Open(System.IO.Path.Combine(path, LockName), writable: false, direct: false);
            return !file.TryLock(exclusive: false);
        }
        catch (LinuxException)
        {
            return false;
        }
    }

    /// <summary>Removes the directories below a root that nobody holds, and ends VMMs that outlived their manager.</summary>
    /// <returns>What was removed.</returns>
    public static IReadOnlyList<string> Sweep(string root)
    {
        List<string> removed = [];
        try
        {
            using DiskDescriptor all = LockRoot(root);
            foreach ((_, string path) in List(root))
            {
                if (TryRemove(path))
                {
                    removed.Add(path);
                }
            }
        }
        catch (Exception e) when (e is LinuxException or IOException or UnauthorizedAccessException)
        {
            // What cannot be removed now is looked at again by the next one.
        }

        return removed;
    }

    /// <summary>Removes the directory and lets it go.</summary>
    public void Dispose()
    {
        if (_lock.IsClosed)
        {
            return;
        }

        try
        {
            // Before the lock goes: afterwards the name may be another VM's.
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next sweep removes it.
        }

        _lock.Dispose();
    }

    private static VmDirectory Hold(string path)
    {
        DiskDescriptor held = OpenLock(System.IO.Path.Combine(path, LockName));
        if (!held.TryLock(exclusive: true))
        {
            held.Dispose();
            throw new RefusedException(Refusal.Failed, $"{path} is held by another process");
        }

        return new VmDirectory(path, held);
    }

    /// <summary>One process at a time makes or sweeps: a directory that is being made has no lock yet.</summary>
    private static DiskDescriptor LockRoot(string root)
    {
        DiskDescriptor all = OpenLock(System.IO.Path.Combine(root, LockName));
        while (!all.TryLock(exclusive: true))
        {
            Thread.Sleep(1);
        }

        return all;
    }

    private static DiskDescriptor OpenLock(string path)
    {
        PosixFile.Open(path, OpenFlags.O_RDWR | OpenFlags.O_CREAT).Dispose();
        return DiskDescriptor.Open(path, writable: true, direct: false);
    }

    private static bool TryRemove(string path)
    {
        if (new DirectoryInfo(path).LinkTarget is not null || !PrivateDirectory.IsAt(path))
        {
            return false;
        }

        string name = System.IO.Path.Combine(path, LockName);
        if (!File.Exists(name))
        {
            Directory.Delete(path, recursive: true);
            return true;
        }

        using DiskDescriptor held = DiskDescriptor.Open(name, writable: true, direct: false);
        if (!held.TryLock(exclusive: true))
        {
            return false;
        }

        if (VmRecord.Read(path) is { VmmPid: { } pid, VmmStart: { } start })
        {
            using RunningProcess? vmm = RunningProcess.Find(pid, start);
            vmm?.Kill();
        }

        Directory.Delete(path, recursive: true);
        return true;
    }
}
