using System.Buffers.Binary;
using Pvmfw.Disk;

namespace Virtio.Tests.Firmware;

/// <summary>A machine around a bus. It holds the driver to its contract: registers only where they were mapped, aligned; memory only while it is shared.</summary>
internal abstract class TestMachine
{
    internal const ulong Cam = 0x1_0000;
    internal const ulong LowWindow = 0x200_0000;
    internal const ulong LowSize = 0x200_0000;
    internal const ulong HighWindow = 0x1_0000_0000;
    internal const ulong HighSize = 0x1_0000_0000;
    internal const ulong DmaAddress = 0x8000_4000;
    internal const ulong TicksPerSecond = 1_000_000;

    private readonly List<(ulong Start, ulong End)> _mapped = new(64);

    protected TestMachine() => TestPlatform.Machine = this;

    internal static PciWindows Windows => new(Cam, LowWindow, LowSize, HighWindow, HighSize);

    internal ulong Ticks { get; private set; }

    /// <summary>What a pause adds; 0 makes a counter that stands.</summary>
    internal ulong TicksOfPause { get; set; } = 1;

    internal bool IsShared { get; private set; }

    internal bool RefusesToShare { get; set; }

    internal bool RefusesToUnshare { get; set; }

    /// <summary>How many calls of Map go well.</summary>
    internal int MapsLeft { get; set; } = int.MaxValue;

    /// <summary>The steps, when they are asked for.</summary>
    internal List<(Step Step, ulong Place)>? Trace { get; set; }

    internal int MappedRanges => _mapped.Count;

    /// <summary>The pages, as the device sees them.</summary>
    protected internal abstract Span<byte> Shared { get; }

    internal bool Map(ulong address, ulong length)
    {
        if (MapsLeft-- <= 0)
        {
            return false;
        }

        _mapped.Add((address, address + length));
        return true;
    }

    internal void UnmapAll() => _mapped.Clear();

    internal bool Share()
    {
        Assert.False(IsShared);
        Assert.True(Shared.IndexOfAnyExcept((byte)0) < 0, "what is shared is not zeros");
        IsShared = !RefusesToShare;
        return IsShared;
    }

    internal bool Unshare()
    {
        Assert.True(IsShared);
        IsShared = RefusesToUnshare;
        return !IsShared;
    }

    internal void Clear() => Shared.Clear();

    internal ushort LoadShared16(int offset)
    {
        Touch(Step.LoadShared, offset, 2, alignment: 2);
        return BinaryPrimitives.ReadUInt16LittleEndian(Shared[offset..]);
    }

    internal void StoreShared16(int offset, ushort value)
    {
        Touch(Step.StoreShared, offset, 2, alignment: 2);
        BinaryPrimitives.WriteUInt16LittleEndian(Shared[offset..], value);
    }

    internal void CopyOut(int offset, Span<byte> bytes)
    {
        Touch(Step.LoadShared, offset, bytes.Length, alignment: 1);
        Shared.Slice(offset, bytes.Length).CopyTo(bytes);
    }

    internal void CopyIn(int offset, ReadOnlySpan<byte> bytes)
    {
        Touch(Step.StoreShared, offset, bytes.Length, alignment: 1);
        bytes.CopyTo(Shared[offset..]);
    }

    internal uint LoadRegister(ulong address, int width)
    {
        Check(address, width);
        Span<byte> data = stackalloc byte[4];
        data.Clear();
        Load(address, data[..width]);
        return BinaryPrimitives.ReadUInt32LittleEndian(data);
    }

    internal void StoreRegister(ulong address, uint value, int width)
    {
        Check(address, width);
        Note(Step.StoreRegister, address);
        Span<byte> data = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(data, value);
        Store(address, data[..width]);
    }

    internal virtual void Pause() => Ticks += TicksOfPause;

    internal void Note(Step step, ulong place) => Trace?.Add((step, place));

    /// <summary>All is as it was: nothing is shared, mapped or left in the pages.</summary>
    internal void AssertQuiet()
    {
        Assert.False(IsShared);
        Assert.Equal(0, MappedRanges);
        Assert.True(Shared.IndexOfAnyExcept((byte)0) < 0, "the pages are not wiped");
    }

    protected abstract void Load(ulong address, Span<byte> data);

    protected abstract void Store(ulong address, ReadOnlySpan<byte> data);

    private void Touch(Step step, int offset, int length, int alignment)
    {
        Note(step, (ulong)offset);
        if (!IsShared || offset < 0 || length > QueueLayout.Size - offset || offset % alignment != 0)
        {
            Assert.Fail($"{length} bytes at 0x{offset:x} of the pages, shared: {IsShared}");
        }
    }

    private void Check(ulong address, int width)
    {
        bool isMapped = false;
        foreach ((ulong start, ulong end) in _mapped)
        {
            isMapped |= address >= start && address + (ulong)width <= end;
        }

        bool isOurs = (address >= Cam && address < Cam + PciWindows.ConfigurationSize) || Windows.Contains(address, (ulong)width);
        if (!isMapped || !isOurs || address % (ulong)width != 0)
        {
            Assert.Fail($"{width} bytes at 0x{address:x}, mapped: {isMapped}, of the PCI host: {isOurs}");
        }
    }
}
