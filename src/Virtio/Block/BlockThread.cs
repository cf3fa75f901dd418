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
public sealed class BlockThread : IBlockEvents, IDisposable
{
    private const int MaxRoundsUnasked = 16;
    private const int MaxToldAtOnce = 256;
    private const int SubmissionsBetweenTries = 31;

    private readonly IBlockEngine _engine;
    private readonly EventFd _wake = new("block thread");
    private readonly BlockWorkers _workers;
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
    private int _roundsUnasked;
    private int _submissionsToWait;
    private int _told;
    private int _partsOut;
    private int _wakeWatch;
    private bool _started;
    private volatile bool _stopping;

    private BlockThread(IBlockEngine engine, string name)
    {
        _engine = engine;
        _workers = new BlockWorkers(_wake);
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
            // Told in this round, not here: who started it may not be done with the request.
            part.Error = part.Transfer(_vectors);
            _transferred.Add(part);
        }
        else if (part.Kind > BlockPartKind.FileFlush || !_engine.TryStart(part))
        {
            _workers.Add(part);
        }
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

    void IBlockEvents.OnSignalled(int watch)
    {
        if (watch != _wakeWatch && _watched[watch] is { } queue)
        {
            Wake(queue);
        }
    }

    void IBlockEvents.OnUnwatched(int watch)
    {
        if (_watched[watch] is { } queue)
        {
            _watched[watch] = null;
            queue.Watch = -1;
            queue.Device.OnUnwatched();
        }
    }

    void IBlockEvents.OnTransferred(BlockPart part, int result)
    {
        _told++;
        if (result > 0 && (uint)result < part.Length - part.Done)
        {
            part.Done += (uint)result;
            Start(part);
        }
        else if (result is -Errno.EAGAIN)
        {
            // Not to be tried again and again: a worker waits for as long as it takes.
            _workers.Add(part);
        }
        else if (result is -Errno.EINTR)
        {
            Start(part);
        }
        else
        {
            Finish(part, result < 0 ? -result : result == 0 && part.Kind != BlockPartKind.FileFlush ? Errno.EIO : 0);
        }
    }

    private void Run()
    {
        _engine.Start();
        _wakeWatch = _engine.Watch(_wake);
        while (!_stopping || _partsOut > 0)
        {
            Serve();
            PublishAll();
            if (!TellWhatIsThere())
            {
                _engine.Wait(Arm() && _commands.IsEmpty, this);
            }

            while (_workers.TryTakeDone(out BlockPart? part))
            {
                Finish(part, part.Error);
            }

            PublishAll();
            while (_commands.TryDequeue(out Action? command))
            {
                command();
            }
        }
    }

    /// <summary>Empties the queues that are awake. They stay so: the driver need not notify yet.</summary>
    private void Serve()
    {
        // A queue that wakes meanwhile is served as well; one that is awake does not come twice.
        for (int i = 0; i < _awake.Count; i++)
        {
            _awake[i].Device.Serve(_awake[i]);
        }
    }

    /// <summary>Tells of what has ended by now, so that the queues are looked at again before their drivers are asked to notify.</summary>
    /// <returns>False when it is time to wait.</returns>
    private bool TellWhatIsThere()
    {
        if (!_transferred.IsEmpty)
        {
            for (int i = 0; i < MaxToldAtOnce && _transferred.TryTake(out BlockPart? part); i++)
            {
                ((IBlockEvents)this).OnTransferred(part, part.Error);
            }

            // The kernel is asked only now and then: nothing waits for it but other disks.
            if (++_roundsUnasked == MaxRoundsUnasked)
            {
                _roundsUnasked = 0;
                _engine.Wait(block: false, this);
            }

            return true;
        }

        // What the page cache has is read while it is submitted. Submitting without waiting costs a system call where that is not so, and saves the
        // driver a notification where it is: so it is tried as long as it works, and sometimes otherwise.
        if (!_engine.HasUnsubmitted || _submissionsToWait > 0)
        {
            _submissionsToWait -= _engine.HasUnsubmitted ? 1 : 0;
            return false;
        }

        int before = _told;
        _engine.Wait(block: false, this);
        _submissionsToWait = _told == before ? SubmissionsBetweenTries : 0;
        return _told != before;
    }

    /// <summary>Asks the drivers of the queues that are awake to notify.</summary>
    /// <returns>Whether there is nothing to do before one does.</returns>
    private bool Arm()
    {
        int kept = 0;
        for (int i = 0; i < _awake.Count; i++)
        {
            BlockQueue queue = _awake[i];
            queue.IsAwake = queue.Device.HasMore(queue);
            if (queue.IsAwake)
            {
                _awake[kept++] = queue;
            }
        }

        _awake.RemoveRange(kept, _awake.Count - kept);
        return kept == 0;
    }

    private void PublishAll()
    {
        foreach (BlockQueue queue in _unpublished)
        {
            if (queue.HasUnpublished)
            {
                queue.HasUnpublished = false;
                queue.Device.Publish(queue);
            }
        }

        _unpublished.Clear();
    }

    private unsafe void Finish(BlockPart part, int error)
    {
        _partsOut--;
        part.Device.OnFinished(part, error);
        if (part.Bounce is not null)
        {
            _bounces.Return(part.Bounce);
            part.Bounce = null;
        }

        part.Request = null;
        part.Resize = null;
        part.File = null;
        part.Done = 0;
        _freeParts.Add(part);
        ResumeStarved();
    }

    private void ResumeStarved()
    {
        while (_bounces.HasFree && _starved.TryTake(out BlockRequest? request))
        {
            request.IsParked = false;
            request.Queue.Device.Advance(request);
        }
    }
}
