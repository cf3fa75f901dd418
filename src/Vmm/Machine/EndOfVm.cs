namespace Vmm.Machine;

/// <summary>The end of a VM: whoever ends it first says why, and that stays.</summary>
internal sealed class EndOfVm : IDisposable
{
    private readonly ManualResetEventSlim _ended = new();
    private VmExit? _exit;

    /// <summary>Somebody has ended the VM.</summary>
    public bool IsReported => Volatile.Read(ref _exit) is not null;

    /// <summary>Ends the VM, if nobody has yet.</summary>
    public void Report(VmExit exit)
    {
        if (Interlocked.CompareExchange(ref _exit, exit, null) is null)
        {
            _ended.Set();
        }
    }

    /// <summary>Waits for the end.</summary>
    public VmExit Wait()
    {
        _ended.Wait();
        return _exit!;
    }

    /// <inheritdoc/>
    public void Dispose() => _ended.Dispose();
}
