using Kvm.Interop.Files;

namespace Virtio.Block;

/// <summary>A few threads that do what blocks. Threads are made when there is work for them, and end with the object.</summary>
internal sealed class BlockWorkers : IDisposable
{
    /// <summary>The most threads.</summary>
    internal const int MaxThreads = 8;

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _waiting = new(0);
    private readonly LinkedRow<BlockPart> _work = new();
    private readonly List<Thread> _threads = [];
    private readonly DoneParts _done;
    private int _idle;
    private int _backlog;
    private bool _stopping;

    /// <param name="done">Takes the parts when they are done.</param>
    internal BlockWorkers(DoneParts done) => _done = done;

    /// <summary>Hands a part over.</summary>
    internal void Add(BlockPart part)
    {
        lock (_gate)
        {
            _work.Add(part);
            _backlog++;
            if (_backlog > _idle && _threads.Count < MaxThreads)
            {
                _threads.Add(new Thread(Run) { IsBackground = true, Name = "block worker" });
                _threads[^1].Start();
            }
        }

        _waiting.Release();
    }

    /// <summary>Ends the threads when the work that is there is done, and waits for them.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
        }

        _waiting.Release(MaxThreads);
        _threads.ForEach(static thread => thread.Join());
        _waiting.Dispose();
    }

    private void Run()
    {
        Span<IoVector> vectors = stackalloc IoVector[FileTransfer.MaxVectors];
        LinkedRow<BlockPart> done = new();
        lock (_gate)
        {
            _idle++;
        }

        while (true)
        {
            _waiting.Wait();
            BlockPart? part;
            lock (_gate)
            {
                if (!_work.TryTake(out part))
                {
                    if (_stopping)
                    {
                        return;
                    }

                    continue;
                }

                _backlog--;
                _idle--;
            }

            part.Run(vectors);
            lock (_gate)
            {
                _idle++;
            }

            done.Add(part);
            _done.Add(done);
        }
    }
}
