namespace Virtio.Block;

/// <summary>What an <see cref="IBlockEngine"/> tells the block thread, on that thread.</summary>
internal interface IBlockEvents
{
    /// <summary>A watched descriptor was signalled.</summary>
    void OnSignalled(int watch);

    /// <summary>A watch has ended; its descriptor may be closed.</summary>
    void OnUnwatched(int watch);

    /// <summary>A part was transferred.</summary>
    /// <param name="part">The part.</param>
    /// <param name="result">Bytes, or a negative errno.</param>
    void OnTransferred(BlockPart part, int result);
}
