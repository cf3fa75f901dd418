using System.Buffers.Binary;
using System.Diagnostics;
using Kvm.Interop.Memory;
using Virtio.Block;
using Virtio.Tests.Drivers;

namespace Virtio.Tests.Block;

/// <summary>A block device over a file, its thread and its driver.</summary>
internal sealed class BlockHarness : IDisposable
{
    internal const uint In = 0;
    internal const uint Out = 1;
    internal const uint Flush = 4;
    internal const uint GetId = 8;
    internal const uint Discard = 11;
    internal const uint WriteZeroes = 13;

    internal const byte Ok = 0;
    internal const byte IoError = 1;
    internal const byte Unsupported = 2;

    internal BlockHarness(
        BlockEngineKind engine = BlockEngineKind.Automatic,
        ulong size = 1 << 20,
        BlockDeviceOptions? options = null,
        DiskOpenOptions? open = null,
        Func<IDisk, IDisk>? wrap = null,
        bool activate = true,
        string? directory = null,
        IBlockEngine? own = null)
    {
        Path = System.IO.Path.Combine(directory ?? AppContext.BaseDirectory, $"disk-{System.IO.Path.GetRandomFileName()}");
        using (FileStream file = File.Create(Path))
        {
            file.SetLength((long)size);
        }

        IDisk disk = DiskFile.Open(Path, DiskType.Raw, open ?? new DiskOpenOptions(Lock: false), static _ => { });
        Worker = own is null ? BlockThread.Create(engine) : new BlockThread(own, "block");
        options ??= new BlockDeviceOptions { Name = "block test" };
        Device = new BlockDevice(wrap?.Invoke(disk) ?? disk, Worker, options with { Report = Reports.Add });
        Driver = new MockDriver(Device);
        if (activate)
        {
            Driver.Activate();
        }
    }

    /// <summary>Engines that this machine has.</summary>
    public static TheoryData<BlockEngineKind> Engines => new(BlockEngineKind.Automatic, BlockEngineKind.Threads);

    internal string Path { get; }

    internal BlockThread Worker { get; }

    internal BlockDevice Device { get; }

    internal MockDriver Driver { get; }

    internal List<string> Reports { get; } = [];

    internal MockQueue Queue => Driver.Queue(0);

    public void Dispose()
    {
        Driver.Dispose();
        Device.Dispose();
        Worker.Dispose();
        File.Delete(Path);
    }

    internal static byte[] Header(uint type, ulong sector)
    {
        byte[] header = new byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(header, type);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(8), sector);
        return header;
    }

    internal static byte[] Range(ulong sector, uint sectors, uint flags = 0)
    {
        byte[] range = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(range, sector);
        BinaryPrimitives.WriteUInt32LittleEndian(range.AsSpan(8), sectors);
        BinaryPrimitives.WriteUInt32LittleEndian(range.AsSpan(12), flags);
        return range;
    }

    /// <summary>Sends a header and data, and waits.</summary>
    /// <returns>The status.</returns>
    internal byte Send(uint type, ulong sector, params ReadOnlySpan<byte> data) => Send(Header(type, sector), data);

    internal byte Send(ReadOnlySpan<byte> header, ReadOnlySpan<byte> data)
    {
        Start(header, data, out GuestAddress status);
        Queue.Take();
        return Driver.Memory.Read<byte>(status);
    }

    /// <summary>Sends a header and data without waiting.</summary>
    internal void Start(ReadOnlySpan<byte> header, ReadOnlySpan<byte> data, out GuestAddress status, int queue = 0)
    {
        List<MockBuffer> buffers = [Place(header)];
        if (!data.IsEmpty)
        {
            buffers.Add(Place(data));
        }

        status = Driver.Allocate(1, 1);
        Driver.Memory.Write(status, (byte)0xff);
        buffers.Add(new MockBuffer(status, 1, Writable: true));
        Driver.Queue(queue).Add([.. buffers]);
        Driver.Queue(queue).Kick();
    }

    /// <summary>Reads.</summary>
    /// <param name="sector">Where.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="status">What came back.</param>
    /// <param name="alignment">Of the buffer.</param>
    internal byte[] Read(ulong sector, int length, out byte status, uint alignment = 16)
    {
        MockBuffer header = Place(Header(In, sector));
        GuestAddress data = Driver.Allocate(length, alignment);
        GuestAddress place = Driver.Allocate(1, 1);
        Driver.Memory.Write(place, (byte)0xff);
        Queue.Add(header, new MockBuffer(data, (uint)length, Writable: true), new MockBuffer(place, 1, Writable: true));
        Queue.Kick();
        Queue.Take();
        status = Driver.Memory.Read<byte>(place);
        return Driver.Memory.GetSpan(data, length).ToArray();
    }

    internal MockBuffer Place(ReadOnlySpan<byte> bytes, bool writable = false)
    {
        GuestAddress place = Driver.Allocate(bytes.Length);
        Driver.Memory.Write(place, bytes);
        return new MockBuffer(place, (uint)bytes.Length, writable);
    }

    internal static byte[] Pattern(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    internal static void WaitUntil(Func<bool> condition)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20), "what was waited for did not come");
            Thread.Sleep(1);
        }
    }
}
