using Kvm.Interop.Files;

namespace Virtio.Block;

/// <summary>Writes to one file, one part after the other, on a thread that is made for the first of them and ends with the object.</summary>
/// <remarks>
/// For files whose file system knows no write that does not wait (ext4). io_uring hands each of those to a thread of the kernel's, which does one
/// at a time for a file as well, and wakes the block thread for each; this one tells of several at once, and the driver gets them with one interrupt.
/// One thread for a file: a file system that hangs holds up no other disk. All but the writing itself is for the block thread.
/// </remarks>
internal sealed class BlockWriter : IDisposable
{
    // So much at once that the telling costs little, and so little that the driver works on while the rest is written.
    private const int MaxParts = 8;
    private const uint MaxBytes = 128 * 1024;

    // So many writes in a row have to be in flight alone before the writer is left: two that write to a file wait for each other.
    private const int WritesToLeave = 64;

    private readonly object _gate = new(); // a Lock cannot be waited on
    private readonly LinkedRow<BlockPart> _work = new();
    private readonly DoneParts _done;
    private Thread? _thread;
    private bool _stopping;
    private int _inFlight;
    private int _writesToStay;

    /// <param name="done">Takes the parts when they are written.</param>
    internal BlockWriter(DoneParts done) => _done = done;

    /// <summary>A write to the file begins, here or elsewhere; for the block thread. The part keeps the writer until <see cref="End"/>.</summary>
    /// <returns>Whether it should be added here: of late, writes were in flight together.</returns>
    internal bool Begin(BlockPart part)
    {
        if (part.Writer is null)
        {
            part.Writer = this;
            _inFlight++;
            _writesToStay = _inFlight > 1 ? WritesToLeave : Math.Max(0, _writesToStay - 1);
        }

        return _writesToStay > 0;
    }

    /// <summary>A write that has begun has come back.</summary>
    internal void End(BlockPart part)
    {
        part.Writer = null;
        _inFlight--;
    }

    /// <summary>Hands a write over.</summary>
    internal void Add(BlockPart part)
    {
        if (_thread is null)
        {
            _thread = new Thread(Run) { IsBackground = true, Name = "block writer" };
            _thread.Start();
        }

        lock (_gate)
        {
            bool first = _work.IsEmpty;
            _work.Add(part);
            if (first)
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>Ends the thread when the work that is there is done, and waits for it.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.Pulse(_gate);
        }

        _thread?.Join();
    }

    private void Run()
    {
        Span<IoVector> vectors = stackalloc IoVector[FileTransfer.MaxVectors];
        LinkedRow<BlockPart> taken = new(), written = new();
        while (TryTakeSome(taken))
        {
            while (taken.TryTake(out BlockPart? part))
            {
                part.Run(vectors);
                written.Add(part);
            }

            _done.Add(written);
        }
    }

    /// <summary>Waits for work.</summary>
    /// <returns>False when there will be none any more.</returns>
    private bool TryTakeSome(LinkedRow<BlockPart> taken)
    {
        lock (_gate)
        {
            while (_work.IsEmpty)
            {
                if (_stopping)
                {
                    return false;
                }

                Monitor.Wait(_gate);
            }

            ulong bytes = 0;
            for (int i = 0; i < MaxParts && bytes < MaxBytes && _work.TryTake(out BlockPart? part); i++)
            {
                bytes += part.Length;
                taken.Add(part);
            }

            return true;
        }
    }
}
