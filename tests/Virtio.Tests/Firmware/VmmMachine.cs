using BootLoader.Gpt;
using BootLoader.InstanceImage.Making;
using Kvm.Interop.Events;
using Kvm.Interop.Memory;
using Pvmfw.Disk;
using Virtio.Block;
using Virtio.Pci;
using Virtio.Tests.Pci;

namespace Virtio.Tests.Firmware;

/// <summary>A machine with the VMM's own PCI functions, block devices and files.</summary>
internal sealed class VmmMachine : TestMachine, IDisposable
{
    private readonly EventLoop _loop = new("test", e => throw e);
    private readonly List<IPciFunction> _functions = [new PciHostBridge()];
    private readonly List<string> _paths = [];
    private readonly GuestMemory _memory = GuestMemory.Create([new GuestRange(new GuestAddress(0x8000_0000), 1 << 20)], GuestMemoryBacking.MemFd);
    private readonly bool _isProtected;
    private readonly BlockThread _worker = BlockThread.Create(BlockEngineKind.Automatic);

    internal VmmMachine(bool isProtected)
    {
        _isProtected = isProtected;
        _loop.Start();
    }

    protected internal override Span<byte> Shared => _memory.GetSpan(new GuestAddress(DmaAddress), QueueLayout.Size);

    internal List<string> Reports { get; } = [];

    public void Dispose()
    {
        _loop.Stop();
        foreach (IPciFunction function in _functions)
        {
            (function as IDisposable)?.Dispose();
        }

        _worker.Dispose();
        _loop.Dispose();
        _memory.Dispose();
        _paths.ForEach(File.Delete);
        Assert.Empty(Reports);
    }

    /// <summary>The path of a disk, by the order of adding.</summary>
    internal string Path(int disk) => _paths[disk];

    /// <summary>Puts a disk on the next slot.</summary>
    internal void AddDisk(byte[] content, bool readOnly = false)
    {
        string path = System.IO.Path.Combine(AppContext.BaseDirectory, $"firmware-{System.IO.Path.GetRandomFileName()}");
        File.WriteAllBytes(path, content);
        _paths.Add(path);
        IDisk disk = DiskFile.Open(path, DiskType.Raw, new DiskOpenOptions(Lock: false, ReadOnly: readOnly), static _ => { });
        AddDevice(new BlockDevice(disk, _worker, new BlockDeviceOptions { Name = $"block {path}", Report = Reports.Add }));
    }

    internal void AddDevice(IVirtioDevice device)
    {
        var function = new VirtioPciFunction(device, _memory, _isProtected, new RecordingWiring(), line: null, _loop, Reports.Add);
        function.Configuration.SetBarAddress(0, LowWindow + ((ulong)_functions.Count * VirtioPciFunction.RegionSize));
        _functions.Add(function);
    }

    /// <summary>The command register of a slot, as the guest's kernel will find it.</summary>
    internal ushort Command(int slot) => _functions[slot].Configuration.Command;

    /// <summary>device_status of a slot.</summary>
    internal byte Status(int slot)
    {
        Span<byte> status = stackalloc byte[1];
        _functions[slot].ReadBar(0, VirtioPciRegisters.VIRTIO_PCI_COMMON_STATUS, status);
        return status[0];
    }

    /// <summary>A disk of 1 MiB with a partition of 128 sectors that begins with the header of an instance image.</summary>
    internal static byte[] InstanceDiskContent(string label = "vm-instance")
    {
        const ulong Count = 2048;
        GptTable table = new(
            Guid.NewGuid(),
            Count,
            40,
            [
                new GptPartition("other", 40, 47) { Id = Guid.NewGuid() },
                new GptPartition(label, 48, 175) { Id = Guid.NewGuid() },
            ]);
        byte[] disk = new byte[Count * 512];
        table.ToStart().CopyTo(disk, 0);
        byte[] end = table.ToEnd();
        end.CopyTo(disk, disk.Length - end.Length);
        InstanceImageCreation.Header().CopyTo(disk, 48 * 512);
        return disk;
    }

    internal override void Pause()
    {
        base.Pause();
        Thread.Yield();
    }

    protected override void Load(ulong address, Span<byte> data)
    {
        data.Fill(0xff);
        if (address < LowWindow)
        {
            if (FunctionAt(address, out int register) is { } function)
            {
                function.ReadConfiguration(register, data);
            }

            return;
        }

        foreach (IPciFunction function in _functions)
        {
            ulong start = function.Configuration.BarAddress(0);
            if (start <= address && address < start + VirtioPciFunction.RegionSize)
            {
                function.ReadBar(0, address - start, data);
            }
        }
    }

    protected override void Store(ulong address, ReadOnlySpan<byte> data)
    {
        if (address < LowWindow)
        {
            FunctionAt(address, out int register)?.WriteConfiguration(register, data);
            return;
        }

        foreach (IPciFunction function in _functions)
        {
            ulong start = function.Configuration.BarAddress(0);
            if (start <= address && address < start + VirtioPciFunction.RegionSize)
            {
                function.WriteBar(0, address - start, data);
            }
        }
    }

    private IPciFunction? FunctionAt(ulong address, out int register)
    {
        ulong offset = address - Cam;
        register = (int)(offset & 0xff);
        int device = (int)(offset >> 11);
        return ((offset >> 8) & 7) == 0 && device < _functions.Count ? _functions[device] : null;
    }
}
