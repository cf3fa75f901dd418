using System.Diagnostics.CodeAnalysis;
using Kvm.Interop.Files;

namespace Virtualization.Aidl;

/// <summary>One VM; it is stopped when the last reference to it goes (AVF IVirtualMachine.aidl).</summary>
[SuppressMessage("Naming", "CA1716", Justification = "Stop and Resume are AIDL's words; no language that reserves them implements this.")]
public interface IVirtualMachine
{
    /// <summary>The name that the interface has on the wire.</summary>
    const string Descriptor = "android.system.virtualizationservice.IVirtualMachine";

    /// <summary>Transaction code of <see cref="GetCid"/>; the others follow in the order of the methods.</summary>
    const uint GetCidTransaction = 1;

    /// <summary>Transaction code of <see cref="GetState"/>.</summary>
    const uint GetStateTransaction = 2;

    /// <summary>Transaction code of <see cref="RegisterCallback"/>.</summary>
    const uint RegisterCallbackTransaction = 3;

    /// <summary>Transaction code of <see cref="Start"/>.</summary>
    const uint StartTransaction = 4;

    /// <summary>Transaction code of <see cref="Stop"/>.</summary>
    const uint StopTransaction = 5;

    /// <summary>Transaction code of <see cref="GetMemoryBalloon"/>.</summary>
    const uint GetMemoryBalloonTransaction = 6;

    /// <summary>Transaction code of <see cref="SetMemoryBalloon"/>.</summary>
    const uint SetMemoryBalloonTransaction = 7;

    /// <summary>Transaction code of <see cref="ConnectVsock"/>.</summary>
    const uint ConnectVsockTransaction = 8;

    /// <summary>Transaction code of <see cref="SetHostConsoleName"/>.</summary>
    const uint SetHostConsoleNameTransaction = 9;

    /// <summary>Transaction code of <see cref="Suspend"/>.</summary>
    const uint SuspendTransaction = 10;

    /// <summary>Transaction code of <see cref="Resume"/>.</summary>
    const uint ResumeTransaction = 11;

    /// <summary>The context id that the VM has on vsock.</summary>
    int GetCid();

    /// <summary>How far the VM has come.</summary>
    VirtualMachineState GetState();

    /// <summary>Asks to be told what happens to the VM. A callback that is registered late is told nothing of what happened before, except the death.</summary>
    void RegisterCallback(IVirtualMachineCallback callback);

    /// <summary>Starts the VM.</summary>
    void Start();

    /// <summary>Stops the VM at once, as if its plug were pulled; the guest is not told.</summary>
    void Stop();

    /// <summary>The bytes that the balloon takes from the guest.</summary>
    long GetMemoryBalloon();

    /// <summary>Makes the balloon take a number of bytes from the guest.</summary>
    void SetMemoryBalloon(long numBytes);

    /// <summary>Opens a vsock connection to a port of the guest.</summary>
    FileDescriptor ConnectVsock(int port);

    /// <summary>Tells the path of the terminal (ptsname(3)) whose other end is the VM's console, for <c>vm console</c>.</summary>
    void SetHostConsoleName(string pathname);

    /// <summary>Stops the VM's processors.</summary>
    void Suspend();

    /// <summary>Lets them run again.</summary>
    void Resume();
}
