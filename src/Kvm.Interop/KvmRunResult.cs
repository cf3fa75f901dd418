namespace Kvm.Interop;

/// <summary>How a KVM_RUN ended that did not fail.</summary>
public enum KvmRunResult
{
    /// <summary>The guest needs user space: <see cref="KvmRun.ExitReason"/> says for what.</summary>
    Exit,

    /// <summary>A signal or <see cref="KvmRun.ImmediateExit"/> ended it (EINTR): look at the requests, acknowledge the kick, run again.</summary>
    Interrupted,

    /// <summary>The vCPU changed its state inside the kernel and is to be run again (EAGAIN).</summary>
    Again,
}
