namespace Kvm.Interop.Exits;

/// <summary>KVM_EXIT_INTERNAL_ERROR: KVM gave up on the vCPU.</summary>
public readonly ref struct InternalErrorExit
{
    internal InternalErrorExit(KvmInternalErrorCode code, ReadOnlySpan<ulong> data)
    {
        Code = code;
        Data = data;
    }

    /// <summary>What it could not do.</summary>
    public KvmInternalErrorCode Code { get; }

    /// <summary>Up to 16 words of detail, whose meaning is the kernel's own.</summary>
    public ReadOnlySpan<ulong> Data { get; }
}
