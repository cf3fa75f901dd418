using Vmm.Devices.Serial;

namespace Vmm.Tests.Devices.Serial;

/// <summary>A sink with a limit that the test sets.</summary>
internal sealed class RecordingOutput : ISerialOutput
{
    private readonly List<byte> _bytes = new(1 << 20);

    internal int Capacity { get; private set; } = int.MaxValue;

    internal string Text => System.Text.Encoding.ASCII.GetString([.. _bytes]);

    internal int Count => _bytes.Count;

    public Action? Ready { get; set; }

    public bool Write(ReadOnlySpan<byte> data)
    {
        foreach (byte value in data)
        {
            if (_bytes.Count < Capacity)
            {
                _bytes.Add(value);
            }
        }

        return Capacity - _bytes.Count >= 16;
    }

    internal void Limit(int capacity)
    {
        Capacity = capacity;
        if (capacity - _bytes.Count >= 16)
        {
            Ready?.Invoke();
        }
    }
}
