using Virtio.Console;

namespace Virtio.Tests.Console;

/// <summary>A back end that holds so much and no more until the test takes it out.</summary>
internal sealed class TestOutput(int capacity) : IConsoleOutput
{
    private readonly Lock _gate = new();
    private readonly byte[] _bytes = new byte[capacity];
    private int _count;
    private bool _wanted;

    public Action? RoomAvailable { get; set; }

    internal int Count
    {
        get
        {
            lock (_gate)
            {
                return _count;
            }
        }
    }

    public int Write(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            int taken = Math.Min(bytes.Length, _bytes.Length - _count);
            bytes[..taken].CopyTo(_bytes.AsSpan(_count));
            _count += taken;
            _wanted |= taken < bytes.Length;
            return taken;
        }
    }

    /// <summary>Takes everything out and says so.</summary>
    internal byte[] Take()
    {
        byte[] taken;
        bool wanted;
        lock (_gate)
        {
            taken = _bytes[.._count];
            _count = 0;
            wanted = _wanted;
            _wanted = false;
        }

        if (wanted)
        {
            RoomAvailable?.Invoke();
        }

        return taken;
    }
}
