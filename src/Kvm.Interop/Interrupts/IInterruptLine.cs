namespace Kvm.Interop.Interrupts;

/// <summary>One interrupt wire from a device to the guest's interrupt controller.</summary>
/// <remarks>Both members may be called from any thread, allocate nothing and never block on the guest.</remarks>
public interface IInterruptLine
{
    /// <summary>Asserts the line. On an edge-triggered wire each call is one edge.</summary>
    void Raise();

    /// <summary>Deasserts the line. An edge-triggered wire has no level to take back: the call does nothing.</summary>
    void Lower();
}
