using Kvm.Interop.Interrupts;

namespace Vmm.Tests.Devices;

/// <summary>An interrupt wire that counts its edges and remembers its level.</summary>
internal sealed class RecordingLine : IInterruptLine
{
    private int _raised;

    internal int Raised => Volatile.Read(ref _raised);

    internal bool Level { get; private set; }

    public void Raise()
    {
        Interlocked.Increment(ref _raised);
        Level = true;
    }

    public void Lower() => Level = false;
}
