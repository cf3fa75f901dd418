using Kvm.Interop;
using Virtio.Queues;

namespace Virtio.Block;

/// <content>The rounds of the thread.</content>
public sealed partial class BlockThread
{
    private const int MaxRoundsUnasked = 16;
    private const int MaxToldAtOnce = 256;
    private const int SubmissionsBetweenTries = 31;

    private readonly DriverPace _pace = new();
    private int _roundsUnasked;
    private int _submissionsToWait;
    private int _told;
    private int _gathered;
    private int _wakeWatch;

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
            if (!Gathers())
            {
                PublishAll();
                if (!TellWhatIsThere())
                {
                    // What the engine told a moment ago may have been the wake-up for these, and there is no second one.
                    _engine.Wait(Arm() && _commands.IsEmpty && _done.IsEmpty, this);
                }
            }
            else if (!TellWhatIsThere() && _engine.HasUnsubmitted)
            {
                _engine.Wait(block: false, this);
            }

            while (_done.TryTake(out BlockPart? part))
            {
                Finish(part, part.Error);
            }

            if (_unpublished.Count > 0 && _pace.Passes())
            {
                PublishAll();
            }

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

    /// <summary>Whether the drivers are told later of what has ended, together with what ends next: more is coming.</summary>
    private bool Gathers()
    {
        if (_unpublished.Count > 0 && _gathered < EnoughToTell && _pace.Awaits(static thread => thread.HasNext(), this))
        {
            _gathered++;
            return true;
        }

        _gathered = 0;
        return false;
    }

    private bool HasNext()
    {
        foreach (BlockQueue queue in _awake)
        {
            if (queue.Device.HasNext(queue))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Tells of what has ended by now, so that the queues are looked at again before their drivers are asked to notify.</summary>
    /// <returns>False when it is time to wait.</returns>
    private bool TellWhatIsThere()
    {
        if (!_transferred.IsEmpty)
        {
            for (int i = 0; i < MaxToldAtOnce && _transferred.TryTake(out BlockPart? part); i++)
            {
                _transferredCount--;
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

        part.Writer?.End(part);
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
