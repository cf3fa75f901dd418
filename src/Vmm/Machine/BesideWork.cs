using System.Runtime.ExceptionServices;

namespace Vmm.Machine;

/// <summary>Work on a thread of its own, beside what its maker does meanwhile. It has ended when this object is gone.</summary>
internal sealed class BesideWork : IDisposable
{
    private readonly Thread _thread;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Starts it.</summary>
    /// <param name="name">The thread's name.</param>
    /// <param name="work">What is done.</param>
    internal BesideWork(string name, Action work)
    {
        _thread = new Thread(() =>
        {
            try
            {
                work();
            }
#pragma warning disable CA1031 // Join hands on whatever it is.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                _failure = ExceptionDispatchInfo.Capture(failure);
            }
        })
        {
            IsBackground = true,
            Name = name,
        };
        _thread.Start();
    }

    /// <summary>Waits for it, and fails as it did. What it has written is seen from here on: the end of a thread is a barrier.</summary>
    internal void Join()
    {
        _thread.Join();
        _failure?.Throw();
    }

    /// <inheritdoc/>
    public void Dispose() => _thread.Join();
}
