namespace Virtio.Block;

/// <summary>How a <see cref="BlockThread"/> does its I/O.</summary>
public enum BlockEngineKind
{
    /// <summary>io_uring where the kernel lets us, otherwise threads.</summary>
    Automatic,

    /// <summary>io_uring or nothing.</summary>
    IoUring,

    /// <summary>epoll(7) and a few threads that block.</summary>
    Threads,
}
