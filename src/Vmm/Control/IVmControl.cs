using System.Diagnostics.CodeAnalysis;
using Virtio.Balloon;

namespace Vmm.Control;

/// <summary>What the control socket may do with a VM.</summary>
/// <remarks>
/// Called from the control socket's thread, one call at a time; implementations may be called at any time between the start of the server and its
/// disposal, also while the VM is ending by itself. A call that throws is answered with the exception's message and changes nothing else.
/// </remarks>
[SuppressMessage("Naming", "CA1716", Justification = "Stop and Resume are the field's words; no language that reserves them implements this.")]
public interface IVmControl
{
    /// <summary>The VM now.</summary>
    VmStatus Status { get; }

    /// <summary>Its balloon; null for a VM without one.</summary>
    BalloonDevice? Balloon => null;

    /// <summary>Begins to end the VM, as for SIGTERM. Returns at once: the answer must leave before the process does.</summary>
    void Stop();

    /// <summary>Stops all vCPUs and returns when none of them runs guest code any more. No effect on a suspended VM.</summary>
    void Suspend();

    /// <summary>Lets the vCPUs run. No effect on a running VM.</summary>
    void Resume();

    /// <summary>Changes the size of a disk; the guest is told.</summary>
    /// <param name="index">The disk's number in the order of the options, from 0.</param>
    /// <param name="size">The new size in bytes.</param>
    /// <returns>Ends when the disk has the size; with a <see cref="Outcome.VmmException"/> where it cannot have it.</returns>
    /// <exception cref="Outcome.VmmException">There is no such disk.</exception>
    Task ResizeDisk(ulong index, ulong size);
}
