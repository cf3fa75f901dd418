using Pvmfw.Disk;

namespace Virtio.Tests.Firmware;

/// <summary>A machine whose devices do what a test tells them. A fake PCI bus of memory only, so that nothing here runs beside the driver.</summary>
internal sealed class HostileMachine : TestMachine
{
    private readonly byte[] _shared = new byte[QueueLayout.Size];
    private readonly List<HostileDisk> _disks = [];

    internal HostileMachine(params HostileDisk[] disks)
    {
        foreach (HostileDisk disk in disks)
        {
            disk.Machine = this;
            disk.Slot = _disks.Count + 1;
            _disks.Add(disk);
        }
    }

    /// <summary>Runs at each pause, as the host may at any time.</summary>
    internal Action? AtPause { get; set; }

    protected internal override Span<byte> Shared => _shared;

    internal override void Pause()
    {
        base.Pause();
        AtPause?.Invoke();
    }

    protected override void Load(ulong address, Span<byte> data)
    {
        data.Fill(0xff);
        foreach (HostileDisk disk in _disks)
        {
            if (disk.TryConfiguration(address - Cam, out int register))
            {
                disk.Configuration.AsSpan(register, data.Length).CopyTo(data);
            }
            else if (address >= LowWindow && address >= disk.Region && address - disk.Region < HostileDisk.RegionSize)
            {
                disk.LoadRegister((int)(address - disk.Region), data);
            }
        }
    }

    protected override void Store(ulong address, ReadOnlySpan<byte> data)
    {
        foreach (HostileDisk disk in _disks)
        {
            if (disk.TryConfiguration(address - Cam, out int register))
            {
                disk.StoreConfiguration(register, data);
            }
            else if (address >= LowWindow && address >= disk.Region && address - disk.Region < HostileDisk.RegionSize)
            {
                disk.StoreRegister((int)(address - disk.Region), data);
            }
        }
    }
}
