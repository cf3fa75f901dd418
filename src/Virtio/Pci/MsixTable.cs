using System.Buffers.Binary;
using static Virtio.Pci.VirtioPciRegisters;

namespace Virtio.Pci;

/// <summary>The MSI-X table (PCI Local Bus Specification 3.0, section 6.8.2): per vector a message and a mask bit. Under the function's lock.</summary>
internal sealed class MsixTable
{
    private readonly byte[] _entries;

    /// <param name="vectors">The number of vectors; all are masked.</param>
    internal MsixTable(int vectors)
    {
        VectorCount = vectors;
        _entries = new byte[vectors * PCI_MSIX_ENTRY_SIZE];
        for (int i = 0; i < vectors; i++)
        {
            _entries[(i * PCI_MSIX_ENTRY_SIZE) + PCI_MSIX_ENTRY_VECTOR_CTRL] = PCI_MSIX_ENTRY_CTRL_MASKBIT;
        }
    }

    internal int VectorCount { get; }

    /// <summary>A load; bytes behind the last entry read as 0.</summary>
    internal void Read(int offset, Span<byte> data)
    {
        data.Clear();
        if (offset < _entries.Length)
        {
            ReadOnlySpan<byte> entries = _entries.AsSpan(offset, Math.Min(data.Length, _entries.Length - offset));
            entries.CopyTo(data);
        }
    }

    /// <summary>A store; of the last word of an entry only the mask bit can change.</summary>
    internal void Write(int offset, ReadOnlySpan<byte> data)
    {
        for (int i = 0; i < data.Length && offset + i < _entries.Length; i++)
        {
            int field = (offset + i) % PCI_MSIX_ENTRY_SIZE;
            if (field < PCI_MSIX_ENTRY_VECTOR_CTRL)
            {
                _entries[offset + i] = data[i];
            }
            else if (field == PCI_MSIX_ENTRY_VECTOR_CTRL)
            {
                _entries[offset + i] = (byte)(data[i] & PCI_MSIX_ENTRY_CTRL_MASKBIT);
            }
        }
    }

    internal bool IsMasked(int vector) =>
        (_entries[(vector * PCI_MSIX_ENTRY_SIZE) + PCI_MSIX_ENTRY_VECTOR_CTRL] & PCI_MSIX_ENTRY_CTRL_MASKBIT) != 0;

    internal ulong Address(int vector) =>
        BinaryPrimitives.ReadUInt64LittleEndian(_entries.AsSpan((vector * PCI_MSIX_ENTRY_SIZE) + PCI_MSIX_ENTRY_LOWER_ADDR));

    internal uint Data(int vector) =>
        BinaryPrimitives.ReadUInt32LittleEndian(_entries.AsSpan((vector * PCI_MSIX_ENTRY_SIZE) + PCI_MSIX_ENTRY_DATA));
}
