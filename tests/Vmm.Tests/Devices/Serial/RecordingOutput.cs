using Vmm.Devices.Serial;

namespace Vmm.Tests.Devices.Serial;

/// <summary>A sink with a limit that the test sets.</summary>
internal sealed class RecordingOutput : ISerialOutput
{
    private readonly List<byte> bytes = new(1 << 20);

    internal int Capacity { get; private set; } = int.MaxValue;

    internal string Text => System.Text.Encoding.ASCII.GetString([.. bytes]);

    internal int Count => bytes.Count;

    public Action? Ready { get; set; }

    public bool Write(ReadOnlySpan<byte> data)
    {
        foreach (byte value in data)
        {
            if (bytes.Count < Capacity)
            {
                bytes.Add(value);
            }
        }

        return Capacity - bytes.Count >= 16;
    }

    internal void Limit(int capacity)
    {
        Capacity = capacity;
        if (capacity - bytes.Count >= 16)
        {
            Ready?.Invoke();
        }
    }
}
