using System.Buffers.Binary;
using Vmm.Devices;

namespace Vmm.Tests.Devices;

/// <summary>A guest's loads and stores.</summary>
internal static class MmioAccess
{
    internal static readonly int[] Widths = [1, 2, 4, 8];

    internal static byte Read8(this IMmioDevice device, ulong offset) => (byte)device.Load(offset, 1);

    internal static uint Read32(this IMmioDevice device, ulong offset) => (uint)device.Load(offset, 4);

    internal static void Write8(this IMmioDevice device, ulong offset, byte value) => device.Store(offset, value, 1);

    internal static void Write32(this IMmioDevice device, ulong offset, uint value) => device.Store(offset, value, 4);

    internal static ulong Load(this IMmioDevice device, ulong offset, int width)
    {
        Span<byte> data = stackalloc byte[8];
        data[..width].Fill(0xa5); // a device that forgets a byte shows it
        device.Read(offset, data[..width]);
        return BinaryPrimitives.ReadUInt64LittleEndian(data) & (ulong.MaxValue >> (64 - (width * 8)));
    }

    internal static void Store(this IMmioDevice device, ulong offset, ulong value, int width)
    {
        Span<byte> data = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(data, value);
        device.Write(offset, data[..width]);
    }

    /// <summary>Steps of seeded random loads and stores of all widths, inside <paramref name="size"/> bytes; returns the bytes that they
    /// allocate after the first tenth.</summary>
    internal static long Hammer(this IMmioDevice device, ulong size, int steps, int seed, Action? between = null)
    {
        Random random = new(seed);
        void Step()
        {
            int width = 1 << random.Next(4);
            ulong offset = (ulong)random.NextInt64((long)size - width + 1);
            if (random.Next(2) == 0)
            {
                device.Load(offset, width);
            }
            else
            {
                device.Store(offset, random.Next(4) == 0 ? ulong.MaxValue : (ulong)random.NextInt64(), width);
            }

            between?.Invoke();
        }

        // The first calls of everything may allocate.
        for (int i = 0; i < steps / 10; i++)
        {
            Step();
        }

        long allocated = 0;
        for (int done = steps / 10; done < steps; done += 1000)
        {
            allocated += Allocations.OfThousand(Step);
        }

        return allocated;
    }
}
