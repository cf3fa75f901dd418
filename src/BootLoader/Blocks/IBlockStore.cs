namespace BootLoader.Blocks;

/// <summary>A disk or a partition, in sectors of 512 bytes.</summary>
/// <remarks>
/// Implemented by structs and called through a type parameter, so nothing is boxed: the firmware has no heap. What it holds is untrusted, and two
/// reads of one sector may differ.
/// </remarks>
public interface IBlockStore
{
    /// <summary>The number of sectors.</summary>
    ulong SectorCount { get; }

    /// <summary>Reads whole sectors.</summary>
    /// <param name="sector">The first one.</param>
    /// <param name="bytes">Filled whole; a multiple of 512 bytes.</param>
    /// <returns>False when they lie outside, the length is no multiple, or the disk failed; <paramref name="bytes"/> then hold nothing of use.</returns>
    bool Read(ulong sector, Span<byte> bytes);

    /// <summary>Writes whole sectors.</summary>
    /// <param name="sector">The first one.</param>
    /// <param name="bytes">A multiple of 512 bytes.</param>
    /// <returns>False when they lie outside, the length is no multiple, or the disk failed or cannot be written.</returns>
    bool Write(ulong sector, ReadOnlySpan<byte> bytes);

    /// <summary>Makes what was written survive a loss of power, where the disk can.</summary>
    /// <returns>False when the disk failed.</returns>
    bool Flush();
}
