using System.Buffers.Binary;
using Vmm.Devices;

namespace Bench;

/// <summary>What tests/Guests/exits.S loads from and reports to. Counts what its vCPU thread allocates between the first load and the report.</summary>
internal sealed class SampleDevice : IMmioDevice
{
    private const ulong CountRegister = 8;
    private const ulong FrequencyRegister = 16;

    private long _reads;
    private long _allocatedBefore;

    /// <summary>Samples that the guest took; zero until it reported.</summary>
    internal int Samples { get; private set; }

    /// <summary>Ticks of the guest's counter in a second.</summary>
    internal long Frequency { get; private set; }

    /// <summary>Bytes that the vCPU thread allocated, from the first load to the report.</summary>
    internal long AllocatedBytes { get; private set; }

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        if (_reads++ == 0)
        {
            _allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        }

        data.Clear();
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (data.Length < sizeof(ulong))
        {
            return;
        }

        long value = BinaryPrimitives.ReadInt64LittleEndian(data);
        if (offset == CountRegister)
        {
            AllocatedBytes = GC.GetAllocatedBytesForCurrentThread() - _allocatedBefore;
            Samples = (int)value;
        }
        else if (offset == FrequencyRegister)
        {
            Frequency = value;
        }
    }
}
