using Virtio.Block;

namespace Vmm.Configuration;

/// <summary>One disk: a <c>--block</c> option or one of its older forms.</summary>
public sealed record BlockConfig
{
    /// <summary>The file, block device, or <c>/proc/self/fd/N</c>.</summary>
    public required string Path { get; init; }

    /// <summary>The option that asked for it, for messages.</summary>
    public string Option { get; init; } = "--block";

    /// <summary>The file's format.</summary>
    public DiskType Type { get; init; }

    /// <summary>The guest may not write.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>The guest's root file system.</summary>
    public bool Root { get; init; }

    /// <summary>What the guest discards is given back to the host.</summary>
    public bool Sparse { get; init; } = true;

    /// <summary>Past the host's page cache.</summary>
    public bool Direct { get; init; }

    /// <summary>Locked against other programs.</summary>
    public bool Lock { get; init; } = true;

    /// <summary>The backing file that a qcow2 image names is opened.</summary>
    public bool AllowBacking { get; init; }

    /// <summary>The logical block size in bytes.</summary>
    public ulong BlockSize { get; init; } = 512;

    /// <summary>The serial number that the guest sees, at most 20 bytes.</summary>
    public string Id { get; init; } = "";

    /// <summary>How the host does the I/O.</summary>
    public BlockEngineKind Engine { get; init; }

    /// <summary>Offer packed queues.</summary>
    public bool PackedQueue { get; init; }

    /// <summary>A thread of its own, not the one that all disks share.</summary>
    public bool OwnThread { get; init; }
}
