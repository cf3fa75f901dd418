using System.Collections.Concurrent;
using Kvm.Interop;
using Kvm.Interop.Events;
using Kvm.Interop.Files;

namespace Virtio.Block;

/// <summary>The thread that serves block devices: it takes requests from their queues, has the host do them, and gives them back.</summary>
/// <remarks>
/// A round: what has completed is published, once a queue; queues that were notified or had completions are emptied; what came out of them is started;
/// when nothing ends at once the queues are asked to notify again, and one system call submits and waits. Nothing is allocated but what is kept for
/// the next time.
/// </remarks>
public sealed partial class BlockThread : IBlockEvents, IDisposable
{
    private const int EnoughToTell = 64;

    private readonly IBlockEngine _engine;
    private readonly EventFd _wake = new("block thread");
    private readonly DoneParts _done;
    private readonly BlockWorkers _workers;

    /// <summary>Who writes to a file in the page cache: null where the engine does, for the file system has writes that do not wait.</summary>
    private readonly Dictionary<DiskDescriptor, BlockWriter?> _writers = [];
    private readonly ConcurrentQueue<Action> _commands = new();
    private readonly Thread _thread;
    private readonly LinkedRow<BlockPart> _freeParts = new();
    private readonly LinkedRow<BlockRequest> _freeRequests = new();
    private readonly LinkedRow<BlockRequest> _starved = new();
    private readonly LinkedRow<BlockPart> _transferred = new();
    private readonly IoVector[] _vectors = GC.AllocateArray<IoVector>(FileTransfer.MaxVectors, pinned: true);
    private readonly BounceBuffers _bounces = new();
    private readonly List<BlockQueue> _unpublished = [];
    private BlockQueue?[] _watched = [];
    private readonly List<BlockQueue> _awake = [];
    private FileDescriptor? _zeroes;
    private uint _partCount;
    private int _transferredCount;
    private int _partsOut;
    private bool _started;
    private volatile bool _stopping;

    /// <summary>Makes the thread with an engine of its own.</summary>
    internal BlockThread(IBlockEngine engine, string name)
    {
        _engine = engine;
        _done = new DoneParts(_wake);
        _workers = new BlockWorkers(_done);
        _thread = new Thread(Run) { IsBackground = true, Name = name };
    }

    /// <summary>What does the I/O: "io_uring" or "threads".</summary>
    public string Engine => _engine.Name;

    /// <summary>Makes the thread; it runs from when a device first has work for it.</summary>
    /// <param name="kind">How it does I/O.</param>
    /// <param name="name">Its name, at most 15 bytes to be seen whole by ps.</param>
    /// <exception cref="LinuxException">io_uring was asked for and is not there, or the process has no descriptor left.</exception>
    public static BlockThread Create(BlockEngineKind kind, string name = "block")
    {
        if (kind != BlockEngineKind.Threads)
        {
            if (RingEngine.TryCreate(out int errno) is { } ring)
            {
                return new BlockThread(ring, name);
            }

            if (kind == BlockEngineKind.IoUring)
            {
                throw new LinuxException("io_uring_setup", "this host", errno, "see kernel.io_uring_disabled, and seccomp where the VM runs in a container");
            }
        }

        return new BlockThread(new ThreadEngine(), name);
    }

    /// <summary>Ends the thread and its workers, and waits until requests in flight have left the kernel. Further calls do nothing.</summary>
    public void Stop()
    {
        lock (_commands)
        {
            bool first = _started && !_stopping;
            _stopping = true;
            if (first)
            {
                _wake.Signal();
            }
        }

        if (_started)
        {
            _thread.Join();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        _workers.Dispose();
        foreach (BlockWriter? writer in _writers.Values)
        {
            writer?.Dispose();
        }

        _engine.Dispose();
        _bounces.Dispose();
        _zeroes?.Dispose();
        _wake.Dispose();
    }

    /// <summary>Runs something on the thread; from any thread. Nothing any more after <see cref="Stop"/>.</summary>
    /// <returns>Whether it will run.</returns>
    internal bool Post(Action action)
    {
        lock (_commands)
        {
            if (_stopping)
            {
                return false;
            }

            _commands.Enqueue(action);
            if (!_started)
            {
                _started = true;
                _thread.Start();
            }

            _wake.Signal();
            return true;
        }
    }

    /// <summary>So many transfers have ended that the drivers should have them now, and not when their queues are empty: they work on while we do.</summary>
    internal bool HasEnoughToTell => _transferredCount >= EnoughToTell;

    /// <summary>Starts to serve a queue.</summary>
    internal void Add(BlockQueue queue)
    {
        queue.Watch = _engine.Watch(queue.Kick);
        if (queue.Watch >= _watched.Length)
        {
            Array.Resize(ref _watched, Math.Max(16, queue.Watch * 2));
        }

        _watched[queue.Watch] = queue;
        Wake(queue);
    }

    /// <summary>Stops to watch a queue; the device is told when that is so.</summary>
    internal void Remove(BlockQueue queue) => _engine.Unwatch(queue.Watch);

    /// <summary>Has a queue looked at in this round.</summary>
    internal void Wake(BlockQueue queue)
    {
        if (!queue.IsAwake)
        {
            queue.IsAwake = true;
            _awake.Add(queue);
        }
    }

    /// <summary>Has what was given back shown to the driver.</summary>
    internal void Publish(BlockQueue queue)
    {
        if (!queue.HasUnpublished)
        {
            queue.HasUnpublished = true;
            _unpublished.Add(queue);
        }
    }

    internal BlockRequest TakeRequest() => _freeRequests.TryTake(out BlockRequest? request) ? request : new BlockRequest();

    internal void Return(BlockRequest request) => _freeRequests.Add(request);

    internal BlockPart TakePart()
    {
        _partsOut++;
        return _freeParts.TryTake(out BlockPart? part) ? part : new BlockPart(_partCount++);
    }

    /// <summary>Starts a part: in the kernel where it concerns a file, otherwise on a worker.</summary>
    internal void Start(BlockPart part)
    {
        if (part.IsQuick)
        {
            Transferred(part, part.Transfer(_vectors));
        }
        else if (!TryWrite(part) && (part.Kind > BlockPartKind.FileFlush || !_engine.TryStart(part)))
        {
            _workers.Add(part);
        }
    }

    /// <summary>Has it written by the file's own writer, together with other writes. Whether the file needs a writer, its first write tells.</summary>
    /// <returns>False where the engine is better at it.</returns>
    private bool TryWrite(BlockPart part)
    {
        if (part.Kind != BlockPartKind.FileWrite || part.File is not DiskDescriptor { IsRegularFile: true, IsDirect: false, IsInMemory: false } file)
        {
            return false;
        }

        if (!_writers.TryGetValue(file, out BlockWriter? writer))
        {
            int result = part.WriteNow(_vectors);
            if (result == -Errno.EAGAIN)
            {
                return false;
            }

            if (result >= 0)
            {
                _writers.Add(file, null);
            }

            if (result != -Errno.EOPNOTSUPP)
            {
                Transferred(part, result);
                return true;
            }

            writer = new BlockWriter(_done);
            _writers.Add(file, writer);
        }

        // A single write is back sooner from the kernel's own thread: there is nothing to tell of together.
        if (writer is null || !writer.Begin(part))
        {
            return false;
        }

        writer.Add(part);
        return true;
    }

    /// <summary>Told in this round, not here: who started it may not be done with the request.</summary>
    private void Transferred(BlockPart part, int result)
    {
        part.Error = result;
        _transferred.Add(part);
        _transferredCount++;
    }

    /// <summary>Gives a part its aligned buffer.</summary>
    /// <returns>False when there is none now; the request goes on by itself when there is.</returns>
    internal unsafe bool TryTakeBounce(BlockRequest request, out byte* bounce)
    {
        bounce = _bounces.Take();
        if (bounce is null)
        {
            request.IsParked = true;
            _starved.Add(request);
        }

        return bounce is not null;
    }

    /// <summary>Gives an aligned buffer back that no part took; who waits for one gets it with the next part that ends.</summary>
    internal unsafe void ReturnBounce(byte* bounce) => _bounces.Return(bounce);

    /// <summary>A file of zeros without end.</summary>
    internal FileDescriptor Zeroes() => _zeroes ??= PosixFile.Open("/dev/zero", OpenFlags.O_RDONLY);
}
