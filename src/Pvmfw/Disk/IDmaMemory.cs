namespace Pvmfw.Disk;

/// <summary>The only memory that a device is told of: <see cref="QueueLayout.Size"/> bytes of whole pages, that hold nothing else.</summary>
/// <remarks>
/// <para>The pages are Normal memory, write-back, inner shareable, as everything else that the firmware has; the VMM's threads are observers in
/// the same shareability domain. While they are shared, the host reads and writes them at any time: every access here touches each byte exactly
/// once, so a value is checked on the copy that is used. Offsets are aligned to the width and inside; no offset comes from the device.</para>
/// <para>Barriers. A DMB of the inner-shareable domain would do for a device that the VMM's threads emulate; the outer-shareable ones cost the
/// same here and hold for a device that is none.</para>
/// </remarks>
public interface IDmaMemory
{
    /// <summary>The guest-physical address of the first page.</summary>
    static abstract ulong Address { get; }

    /// <summary>
    /// Shares the pages with the host: MEM_SHARE of the hypervisor in a protected VM, nothing in another one. They are all zeros when it is called.
    /// </summary>
    /// <returns>False when the hypervisor refused; none of the pages are shared then.</returns>
    static abstract bool Share();

    /// <summary>Takes the pages back (MEM_UNSHARE).</summary>
    /// <returns>False when the hypervisor refused.</returns>
    static abstract bool Unshare();

    /// <summary>Fills all pages with zeros.</summary>
    static abstract void Clear();

    /// <summary>A load of 16 bits.</summary>
    static abstract ushort Load16(int offset);

    /// <summary>Copies bytes out, each read once.</summary>
    static abstract void CopyOut(int offset, Span<byte> bytes);

    /// <summary>A store of 16 bits, which the device sees whole or not at all.</summary>
    static abstract void Store16(int offset, ushort value);

    /// <summary>Copies bytes in.</summary>
    static abstract void CopyIn(int offset, ReadOnlySpan<byte> bytes);

    /// <summary>DMB OSHST: stores before it, to memory and to registers, are seen before the ones after it.</summary>
    static abstract void OrderStores();

    /// <summary>DMB OSHLD: loads before it are done before the loads and stores after it.</summary>
    static abstract void OrderLoads();
}
