using Virtio.Console;

namespace Vmm.Devices.Serial;

/// <summary>The guest's output between the vCPU threads that store it and the event loop that writes it. Bounded.</summary>
internal sealed class SerialOutputQueue(Action wakeWriter) : ISerialOutput, IConsoleOutput
{
    private const int Capacity = 16384;
    private const int FifoLoad = 16;

    private readonly Lock _gate = new();
    private readonly ByteRing _ring = new(Capacity);
    private bool _readyWanted;
    private long _lost;

    public Action? Ready { get; set; }

    Action? IConsoleOutput.RoomAvailable
    {
        get => Ready;
        set => Ready = value;
    }

    /// <summary>Bytes stored when the queue was full, against the promise of <see cref="Write"/>.</summary>
    internal long LostBytes => Volatile.Read(ref _lost);

    public bool Write(ReadOnlySpan<byte> bytes)
    {
        bool ready;
        lock (_gate)
        {
            _lost += bytes.Length - _ring.Write(bytes);
            ready = _ring.Free >= FifoLoad;
            _readyWanted |= !ready;
        }

        wakeWriter();
        return ready;
    }

    int IConsoleOutput.Write(ReadOnlySpan<byte> bytes)
    {
        int taken;
        lock (_gate)
        {
            taken = _ring.Write(bytes);
            _readyWanted |= taken < bytes.Length;
        }

        wakeWriter();
        return taken;
    }

    /// <summary>The oldest bytes, in one piece; they stay until <see cref="Consume"/>. For one reader.</summary>
    internal ReadOnlyMemory<byte> Peek()
    {
        lock (_gate)
        {
            return _ring.Peek();
        }
    }

    /// <summary>Removes bytes that were written, and lets the port go on once half the queue is free.</summary>
    internal void Consume(int count)
    {
        bool ready;
        lock (_gate)
        {
            _ring.Drop(count);
            ready = _readyWanted && _ring.Free >= Capacity / 2;
            _readyWanted &= !ready;
        }

        if (ready)
        {
            Ready?.Invoke();
        }
    }
}
