namespace Virtio.Pci;

/// <summary>A memory region that a function decodes.</summary>
/// <param name="Index">Its base address register, 0 to 5; a 64-bit region takes the following one as well.</param>
/// <param name="Size">In bytes, a power of two, at least 16.</param>
/// <param name="Is64Bit">It may lie above 4 GiB.</param>
/// <param name="Prefetchable">Reads have no side effect.</param>
public readonly record struct PciBar(int Index, ulong Size, bool Is64Bit = false, bool Prefetchable = false);
