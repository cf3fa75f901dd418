using System.Buffers.Binary;

namespace Vmm.Devices;

/// <summary>Accesses of any width and alignment to a device made of 32-bit registers.</summary>
internal static class WordAccess
{
    /// <summary>Takes each byte from the register it lies in.</summary>
    internal static void Read<T>(T device, ulong offset, Span<byte> data)
        where T : class, IWordRegisters
    {
        uint at = (uint)offset;
        uint word = device.ReadWord(at & ~3u);
        for (int i = 0; i < data.Length; i++, at++)
        {
            if (i > 0 && at % 4 == 0)
            {
                word = device.ReadWord(at);
            }

            data[i] = (byte)(word >> (int)(at % 4 * 8));
        }
    }

    /// <summary>Stores whole aligned registers, one or two; anything narrower or misaligned is ignored, as crosvm does.</summary>
    internal static void Write<T>(T device, ulong offset, ReadOnlySpan<byte> data)
        where T : class, IWordRegisters
    {
        if (offset % 4 != 0)
        {
            return;
        }

        for (uint at = (uint)offset; data.Length >= 4; data = data[4..], at += 4)
        {
            device.WriteWord(at, BinaryPrimitives.ReadUInt32LittleEndian(data));
        }
    }
}
