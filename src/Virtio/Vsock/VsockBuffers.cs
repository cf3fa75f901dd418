namespace Virtio.Vsock;

/// <summary>Decides how much the guest may send on each connection before the host program takes it, and holds that.</summary>
/// <remarks>
/// The sum of what is promised is bounded: 128 connections may have 256 KiB each, which is what Linux gives, the others 16 KiB. Memory is taken when a
/// host program is slower than the guest, and given back when it has caught up.
/// </remarks>
internal sealed class VsockBuffers : IDisposable
{
    /// <summary>The credit of a connection, in bytes.</summary>
    internal const uint FullCredit = 256 << 10;

    /// <summary>The credit of a connection beyond the first <see cref="FullCreditCount"/>, in bytes.</summary>
    internal const uint SmallCredit = 16 << 10;

    /// <summary>How many connections have the full credit at the same time.</summary>
    internal const int FullCreditCount = 128;

    private const int PoolSize = 8;
    private readonly Stack<VsockBacklog> _pool = new(PoolSize);
    private int _fullCredits;

    public void Dispose()
    {
        while (_pool.TryPop(out VsockBacklog? backlog))
        {
            backlog.Dispose();
        }
    }

    /// <summary>The credit of a new connection.</summary>
    internal uint TakeCredit()
    {
        if (_fullCredits == FullCreditCount)
        {
            return SmallCredit;
        }

        _fullCredits++;
        return FullCredit;
    }

    /// <summary>Takes the credit of a connection that has ended back.</summary>
    internal void ReturnCredit(uint credit) => _fullCredits -= credit == FullCredit ? 1 : 0;

    /// <summary>An empty ring for what a credit allows.</summary>
    /// <exception cref="Kvm.Interop.LinuxException">The host has no memory (ENOMEM).</exception>
    internal VsockBacklog Rent(uint credit, bool messages)
    {
        if (credit == FullCredit && !messages && _pool.TryPop(out VsockBacklog? backlog))
        {
            return backlog;
        }

        uint size = credit * (messages ? VsockBacklog.MessageFactor : 1u);
        uint page = (uint)Environment.SystemPageSize;
        return new VsockBacklog((size + page - 1) / page * page);
    }

    /// <summary>Takes a ring back.</summary>
    internal void Return(VsockBacklog backlog)
    {
        if (backlog.Capacity == FullCredit && _pool.Count < PoolSize)
        {
            backlog.Clear();
            _pool.Push(backlog);
        }
        else
        {
            backlog.Dispose();
        }
    }
}
