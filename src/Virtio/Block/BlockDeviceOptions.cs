namespace Virtio.Block;

/// <summary>What a block device shows of itself, beside its content.</summary>
public sealed record BlockDeviceOptions
{
    /// <summary>The name for messages: "block vda".</summary>
    public required string Name { get; init; }

    /// <summary>The serial number that the guest sees, at most 20 bytes of ASCII.</summary>
    public string Id { get; init; } = "";

    /// <summary>The logical block size in bytes: 512 to 65536, a power of two.</summary>
    public uint BlockSize { get; init; } = 512;

    /// <summary>The number of queues.</summary>
    public int QueueCount { get; init; } = 1;

    /// <summary>The largest size of a queue, a power of two; crosvm's by default.</summary>
    public ushort QueueSize { get; init; } = 256;

    /// <summary>Offer the packed layout of queues.</summary>
    public bool PackedQueue { get; init; }

    /// <summary>Offer discard: what the guest frees is given back to the host.</summary>
    public bool Discard { get; init; } = true;

    /// <summary>Told, in one line, when the host fails a request.</summary>
    public Action<string> Report { get; init; } = static _ => { };
}
