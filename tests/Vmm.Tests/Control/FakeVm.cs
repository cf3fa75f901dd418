using Virtio.Balloon;
using Vmm.Control;

namespace Vmm.Tests.Control;

/// <summary>A VM that only remembers what it was told.</summary>
internal sealed class FakeVm : IVmControl
{
    private readonly List<string> _calls = [];

    public IReadOnlyList<string> Calls
    {
        get
        {
            lock (_calls)
            {
                return [.. _calls];
            }
        }
    }

    public Exception? Failure { get; set; }

    public VmStatus Status => new() { State = VmState.Running, Name = "one", Pid = 42, Cpus = 4, MemoryMib = 256, Protected = true };

    public BalloonDevice? Balloon { get; init; }

    public void Stop() => Call("stop");

    public void Suspend() => Call("suspend");

    public void Resume() => Call("resume");

    public async Task ResizeDisk(ulong index, ulong size)
    {
        await Task.Yield();
        Call($"disk {index} has {size} bytes");
    }

    private void Call(string name)
    {
        lock (_calls)
        {
            _calls.Add(name);
        }

        if (Failure is { } failure)
        {
            throw failure;
        }
    }
}
