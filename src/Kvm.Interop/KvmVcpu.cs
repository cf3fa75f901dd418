using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Kvm.Interop.Exits;
using Kvm.Interop.Files;
using Kvm.Interop.Memory;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Uapi;
using Kvm.Interop.Threads;

namespace Kvm.Interop;

/// <summary>A virtual CPU.</summary>
/// <remarks>
/// One thread runs it, initializes it and reads its registers; other threads only <see cref="VcpuKicker.Kick"/> it. It is disposed after that
/// thread has ended. Disposing also unmaps the shared page, which the kernel waits for before it destroys the VM.
/// </remarks>
public sealed unsafe partial class KvmVcpu : KvmAttributeTarget
{
    private readonly bool _protected;
    private readonly MemoryMapping _page;

    internal KvmVcpu(FileDescriptor descriptor, int id, bool isProtected, MemoryMapping page)
        : base(descriptor)
    {
        Id = id;
        _protected = isProtected;
        _page = page;
        Kicker = new VcpuKicker((kvm_run*)page.Pointer);
    }

    /// <summary>The number it was created with.</summary>
    public int Id { get; }

    /// <summary>Brings the vCPU's thread out of <see cref="Run"/>.</summary>
    public VcpuKicker Kicker { get; }

    /// <summary>What the last <see cref="Run"/> came back with, and where the answer to it goes.</summary>
    public KvmRun RunPage => new((kvm_run*)_page.Pointer);

    /// <summary>Whether the vCPU runs or waits for PSCI CPU_ON.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public KvmMpState MpState
    {
        get
        {
            kvm_mp_state state = default;
            Libc.Check(Libc.Ioctl(Descriptor, KvmIoctl.KVM_GET_MP_STATE, ref state), "KVM_GET_MP_STATE", Descriptor);
            return (KvmMpState)state.mp_state;
        }

        set
        {
            kvm_mp_state state = new() { mp_state = (uint)value };
            Libc.Check(Libc.Ioctl(Descriptor, KvmIoctl.KVM_SET_MP_STATE, ref state), "KVM_SET_MP_STATE", Descriptor);
        }
    }

    /// <summary>Resets the vCPU and decides its features; before anything else, and again for a reset with the same features.</summary>
    /// <param name="target">From <see cref="KvmVm.PreferredTarget"/>.</param>
    /// <param name="features">All vCPUs of a VM have the same, but for <see cref="VcpuFeatures.PowerOff"/>.</param>
    /// <exception cref="LinuxException">EINVAL for a feature that the host lacks, or other features than before; ENOENT for an unknown one.</exception>
    public void Init(uint target, VcpuFeatures features)
    {
        kvm_vcpu_init init = new() { target = target };
        init.features[0] = (uint)features;
        if (Libc.Ioctl(Descriptor, KvmIoctl.KVM_ARM_VCPU_INIT, ref init) < 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            string? hint = errno switch
            {
                Errno.EINVAL => "the host lacks one of these features, or the VM's other vCPUs have different ones",
                Errno.ENOENT => "the kernel does not know one of these features",
                _ => null,
            };
            throw new LinuxException($"KVM_ARM_VCPU_INIT({features})", Descriptor.Name, errno, hint);
        }
    }

    /// <summary>Fixes the configuration of a feature that has one, which only <see cref="VcpuFeatures.Sve"/> does.</summary>
    /// <exception cref="LinuxException">EPERM when it is fixed already or was not asked for.</exception>
    public void Finalize(VcpuFeatures feature)
    {
        // The ioctl takes the bit's number.
        int number = System.Numerics.BitOperations.TrailingZeroCount((uint)feature);
        if (Libc.Ioctl(Descriptor, KvmIoctl.KVM_ARM_VCPU_FINALIZE, ref number) < 0)
        {
            LinuxException.ThrowLast($"KVM_ARM_VCPU_FINALIZE({feature})", Descriptor.Name);
        }
    }

    /// <summary>Runs the guest until it needs user space or the thread gets a signal. Allocates nothing unless it throws.</summary>
    /// <exception cref="LinuxException">The kernel cannot run it; the hint says why where it is known.</exception>
    public KvmRunResult Run()
    {
        if (Libc.ioctl(Descriptor, KvmIoctl.KVM_RUN, 0) >= 0)
        {
            return KvmRunResult.Exit;
        }

        int errno = Marshal.GetLastPInvokeError();
        switch (errno)
        {
            case Errno.EINTR:
                return KvmRunResult.Interrupted;
            case Errno.EAGAIN:
                return KvmRunResult.Again;
            default:
                ThrowRun(errno);
                return default;
        }
    }

    private protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Kicker.Close();
            _page.Dispose();
        }

        base.Dispose(disposing);
    }

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ThrowRun(int errno)
    {
        string call = "KVM_RUN";
        if (errno is Errno.EFAULT or Errno.EHWPOISON && RunPage.ExitReason == KvmExitReason.KVM_EXIT_MEMORY_FAULT)
        {
            call = $"KVM_RUN ({RunPage.Describe()})";
        }

        throw new LinuxException(call, Descriptor.Name, errno, errno switch
        {
            Errno.ENOMEM when _protected =>
                "a protected VM's memory is locked page by page: raise RLIMIT_MEMLOCK (ulimit -l) or give the process CAP_IPC_LOCK",
            Errno.EFAULT when _protected =>
                "guest memory is not anonymous, shmem or memfd, or the host took a private page away from the guest",
            Errno.EFAULT => "guest memory is not mapped, or its file was truncated",
            Errno.EIO when _protected => "huge pages from hugetlbfs cannot back a protected VM",
            Errno.EHWPOISON => "a page of guest memory has a hardware error",
            Errno.EINVAL or Errno.EPERM when _protected => "a protected VM refuses a feature of this vCPU (PMU, SVE and 32-bit EL1 are refused)",
            Errno.ENOEXEC => "the vCPU is not initialized",
            Errno.EPERM => "a feature of the vCPU is not finalized",
            _ => null,
        });
    }
}
