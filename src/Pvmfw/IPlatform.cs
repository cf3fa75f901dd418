namespace Pvmfw;

/// <summary>The machine below the firmware's logic: what can be had from it, and nothing that decides anything.</summary>
/// <remarks>An empty struct, so that the ahead-of-time compiler makes code for it alone.</remarks>
public interface IPlatform
{
    /// <summary>What lies behind the firmware's program, to the end of its window: configuration data, if anybody appended it.</summary>
    static abstract ReadOnlySpan<byte> Configuration { get; }

    /// <summary>The AVB public key blob of whoever signs guests.</summary>
    static abstract ReadOnlySpan<byte> GuestKey { get; }

    /// <summary>
    /// The VM is protected: its memory is its own, and the hypervisor shares what it is asked to. Otherwise the host reaches all memory, and nothing
    /// needs to be shared.
    /// </summary>
    static abstract bool SharesMemory { get; }

    /// <summary>The guest physical address of <see cref="HandoverPage"/>.</summary>
    static abstract ulong HandoverAddress { get; }

    /// <summary>The page that outlives the firmware, outside of RAM: <see cref="DeviceTree.GuestMap.PageSize"/> bytes of zeros.</summary>
    static abstract Span<byte> HandoverPage { get; }

    /// <summary>Memory to work in, at least <see cref="DeviceTree.TreeFacts.StorageSize"/> bytes, in the firmware's own window.</summary>
    static abstract Span<byte> Scratch { get; }

    /// <summary>The bytes of <see cref="Configuration"/>, to wipe them.</summary>
    static abstract Span<byte> WritableConfiguration();

    /// <summary>Fills a span with randomness that the host does not know, as far as the hypervisor has such.</summary>
    /// <returns>False when there is none.</returns>
    static abstract bool FillRandom(Span<byte> bytes);

    /// <summary>Writes a line for whoever debugs the firmware. No secret goes there.</summary>
    /// <param name="text">In ASCII, without the line's end.</param>
    /// <param name="number">Written after the text.</param>
    static abstract void WriteLine(ReadOnlySpan<byte> text, ulong number);

    /// <summary>Makes the window at X0 reachable, in which the device tree is and will be.</summary>
    /// <param name="address">What X0 was.</param>
    /// <param name="window"><see cref="DeviceTree.GuestMap.TreeWindowSize"/> bytes.</param>
    /// <returns>False when there cannot be one.</returns>
    static abstract bool TryMapTree(ulong address, out Span<byte> window);

    /// <summary>Says how much RAM there is; before, none but the device tree's window can be had.</summary>
    /// <param name="size">Bytes from <see cref="DeviceTree.GuestMap.RamStart"/> on.</param>
    /// <returns>False when it cannot be addressed.</returns>
    static abstract bool SetRamSize(ulong size);

    /// <summary>Makes memory readable, and for the firmware itself read-only.</summary>
    /// <param name="address">Guest physical.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="memory">The memory.</param>
    /// <returns>False when it is not in RAM, or too large.</returns>
    static abstract bool TryMapPayload(ulong address, ulong size, out ReadOnlySpan<byte> memory);
}
