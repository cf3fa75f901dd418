using System.Globalization;
using BootLoader.Sources;
using BootLoader.Zip;
using Kvm.Interop;
using Kvm.Interop.Files;

namespace ZipFuse;

/// <summary>An archive that is mounted: its files are there until this is disposed. Needs root, and CONFIG_FUSE_FS.</summary>
/// <remarks>
/// Two threads of this process answer the kernel. They must not wait for a page of a file in the mount themselves, so neither may this process use
/// what is mounted for its own code; others may.
/// </remarks>
public sealed class ZipMount : IDisposable
{
    private const string Device = "/dev/fuse";
    private const int ThreadCount = 2;

    private readonly PosixFile _device;
    private readonly ZipFileSystem _files;
    private readonly string _target;
    private readonly Thread[] _threads;
    private bool _isMounted;

    private ZipMount(PosixFile device, ZipFileSystem files, string target)
    {
        _device = device;
        _files = files;
        _target = target;
        _threads = [.. Enumerable.Range(0, ThreadCount).Select(i => new Thread(Serve) { IsBackground = true, Name = $"zip {target} {i}" })];
    }

    /// <summary>Mounts an archive, read only.</summary>
    /// <param name="archive">The archive, or a partition with it and fewer than 4096 zeros behind it; stays open as long as it is mounted.</param>
    /// <param name="target">An existing directory.</param>
    /// <param name="options">How files appear.</param>
    /// <exception cref="ZipException">It is no archive, or one that is refused.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="LinuxException">The kernel refused, as it does when this is not root's.</exception>
    public static ZipMount Mount(RandomAccessSource archive, string target, ZipMountOptions options)
    {
        ArgumentNullException.ThrowIfNull(archive);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(options);
        var files = new ZipFileSystem(ZipSections.WithoutPadding(archive), options);
        PosixFile? device = null;
        try
        {
            device = PosixFile.Open(Device, OpenFlags.O_RDWR);
            var mount = new ZipMount(device, files, target);
            mount.Attach(options);
            return mount;
        }
        catch
        {
            device?.Dispose();
            files.Dispose();
            throw;
        }
    }

    /// <summary>Unmounts it. What is open stays usable for nobody: reads of it fail.</summary>
    public void Dispose()
    {
        if (!_isMounted)
        {
            return;
        }

        _isMounted = false;
        try
        {
            FileSystemMount.Detach(_target, lazily: true);
        }
        catch (LinuxException)
        {
            // Somebody else has unmounted it already.
        }

        // While a file of it is open, the kernel keeps the connection up after that; closing the device would wait for the readers. They are background
        // threads, and end with the connection.
        foreach (Thread thread in _threads)
        {
            if (!thread.Join(TimeSpan.FromMilliseconds(500)))
            {
                return;
            }
        }

        _device.Dispose();
        _files.Dispose();
    }

    private void Attach(ZipMountOptions options)
    {
        string data = string.Create(
            CultureInfo.InvariantCulture,
            $"fd={_device.DangerousGetHandle()},rootmode=40000,user_id=0,group_id=0,default_permissions,allow_other,max_read={FuseFormat.MaxRead}");
        MountFlags flags = MountFlags.MS_RDONLY | MountFlags.MS_NOSUID | MountFlags.MS_NODEV | (options.NoExec ? MountFlags.MS_NOEXEC : MountFlags.None);
        FileSystemMount.Attach("zip", _target, "fuse.zip", flags, data);
        _isMounted = true;
        foreach (Thread thread in _threads)
        {
            thread.Start();
        }
    }

    private void Serve()
    {
        byte[] request = new byte[FuseFormat.RequestBuffer], reply = new byte[FuseFormat.OutHeader + FuseFormat.MaxRead];
        while (true)
        {
            try
            {
                int length = _files.Handle(request.AsSpan(0, _device.Read(request)), reply);
                if (length > 0)
                {
                    _device.Write(reply.AsSpan(0, length));
                }
            }
            catch (LinuxException failure) when (failure.Errno is Errno.ENOENT or Errno.EAGAIN)
            {
                // Who asked was killed meanwhile (fuse(4)).
            }
            catch (Exception failure) when (failure is LinuxException or ObjectDisposedException)
            {
                // ENODEV: it was unmounted.
                return;
            }
        }
    }
}
