using System.Runtime.InteropServices;
using Kvm.Interop;
using Virtio;
using Virtio.Block;
using Vmm.Configuration;
using Vmm.Logging;
using Vmm.Outcome;

namespace Vmm.Machine.Virtio;

/// <summary>The disks of a machine: their files, opened before anything else is made, and the devices and threads that serve them.</summary>
internal sealed class BlockDevices : IDisposable
{
    private const int MaxQueues = 16;
    private const string LogPart = "block";

    private readonly VmConfig _config;
    private readonly List<IDisk> _unused = [];
    private readonly List<BlockDevice> _devices = [];
    private readonly List<BlockThread> _threads = [];
    private readonly Dictionary<BlockEngineKind, BlockThread> _shared = [];

    private BlockDevices(VmConfig config) => _config = config;

    /// <summary>The devices in the order of the options.</summary>
    public IReadOnlyList<BlockDevice> Devices => _devices;

    public static int Count(VmConfig config) => config.Disks.Count;

    /// <summary>Opens and locks the files.</summary>
    /// <exception cref="VmmException">One cannot be used; the message names the option and the file.</exception>
    public static BlockDevices Open(VmConfig config)
    {
        var disks = new BlockDevices(config);
        try
        {
            foreach (BlockConfig disk in config.Disks)
            {
                disks._unused.Add(OpenDisk(disk));
            }

            return disks;
        }
        catch
        {
            disks.Dispose();
            throw;
        }
    }

    /// <summary>Makes the devices, which take the files over.</summary>
    /// <exception cref="VmmException">io_uring was asked for and is not there.</exception>
    public void AddTo(List<IVirtioDevice> devices)
    {
        for (int i = 0; i < _config.Disks.Count; i++)
        {
            BlockConfig disk = _config.Disks[i];
            BlockThread thread = ThreadOf(disk);
            var device = new BlockDevice(_unused[0], thread, new BlockDeviceOptions
            {
                Name = $"block {GuestName(i)}",
                Id = disk.Id,
                BlockSize = (uint)disk.BlockSize,
                QueueCount = Math.Min(_config.CpuCount, MaxQueues),
                PackedQueue = disk.PackedQueue,
                Discard = disk.Sparse,
                Report = message => Log.Write(LogLevel.Warn, LogPart, $"{disk.Path}: {message}"),
            });
            _unused.RemoveAt(0);
            _devices.Add(device);
            devices.Add(device);
        }
    }

    /// <summary>Changes a disk's size; the guest is told.</summary>
    /// <param name="index">The disk's number in the order of the options, from 0.</param>
    /// <param name="size">The new size in bytes.</param>
    /// <returns>Ends when the disk has the size; with a <see cref="VmmException"/> where it cannot have it.</returns>
    /// <exception cref="VmmException">There is no such disk.</exception>
    public Task Resize(ulong index, ulong size) => index < (ulong)_devices.Count
        ? ResizeNow((int)index, size)
        : throw new VmmException($"there is no disk {index}; this VM has {_devices.Count}, counted from 0");

    /// <summary>Ends the threads when what is in flight has ended.</summary>
    public void Stop() => _threads.ForEach(static thread => thread.Stop());

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        _threads.ForEach(static thread => thread.Dispose());
        _unused.ForEach(static disk => disk.Dispose());
        _unused.Clear();
    }

    /// <summary>The name that Linux gives the disk: vda to vdz, vdaa and on.</summary>
    internal static string GuestName(int index) =>
        index < 26 ? $"vd{(char)('a' + index)}" : $"{GuestName((index / 26) - 1)}{(char)('a' + (index % 26))}";

    private static IDisk OpenDisk(BlockConfig disk)
    {
        try
        {
            IDisk opened = DiskFile.Open(
                disk.Path,
                disk.Type,
                new DiskOpenOptions(disk.ReadOnly, disk.Direct, disk.Lock, disk.AllowBacking),
                warning => Log.Write(LogLevel.Warn, LogPart, $"{disk.Option}: {warning}"));
            if (opened is RawDisk { Alignment: var alignment } && alignment > disk.BlockSize)
            {
                opened.Dispose();
                throw new DiskException($"{disk.Path}: direct needs blocks of {alignment} bytes here; add block-size={alignment} or leave direct out");
            }

            return opened;
        }
        catch (DiskException e)
        {
            throw new VmmException($"{disk.Option}: {e.Message}", cause: e);
        }
    }

    private async Task ResizeNow(int index, ulong size)
    {
        string disk = $"disk {index} ({_config.Disks[index].Path})";
        int errno = await _devices[index].ResizeAsync(size);
        if (errno != 0)
        {
            throw new VmmException(
                errno switch
                {
                    Errno.EINVAL => $"{disk} cannot have {size} bytes: a size is a multiple of 512 and not 0",
                    Errno.EROFS => $"{disk} is only read",
                    Errno.EOPNOTSUPP => $"{disk} is of a format with a fixed size",
                    Errno.ENOSPC => $"{disk} is a block device, or on one, that is smaller than {size} bytes",
                    _ => $"{disk} cannot have {size} bytes: {Marshal.GetPInvokeErrorMessage(errno)}",
                });
        }
    }

    private BlockThread ThreadOf(BlockConfig disk)
    {
        if (!disk.OwnThread && _shared.TryGetValue(disk.Engine, out BlockThread? shared))
        {
            return shared;
        }

        try
        {
            BlockThread thread = BlockThread.Create(disk.Engine);
            Log.Write(LogLevel.Debug, LogPart, $"I/O by {thread.Engine}");
            _threads.Add(thread);
            if (!disk.OwnThread)
            {
                _shared.Add(disk.Engine, thread);
            }

            return thread;
        }
        catch (LinuxException e)
        {
            throw new VmmException($"{disk.Option}: {disk.Path}: async-executor=uring: {e.Message}", cause: e);
        }
    }
}
