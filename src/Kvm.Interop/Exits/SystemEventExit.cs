using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Exits;

/// <summary>KVM_EXIT_SYSTEM_EVENT: the guest asked to power off, reset or suspend, or reported a crash.</summary>
public readonly ref struct SystemEventExit
{
    internal SystemEventExit(KvmSystemEventType type, ReadOnlySpan<ulong> data)
    {
        Type = type;
        Data = data;
    }

    /// <summary>What the guest asked.</summary>
    public KvmSystemEventType Type { get; }

    /// <summary>Up to 16 words of detail; on ARM64 the first holds flags.</summary>
    public ReadOnlySpan<ulong> Data { get; }

    /// <summary>Whether a reset was asked by PSCI SYSTEM_RESET2.</summary>
    public bool IsPsciReset2 =>
        Type == KvmSystemEventType.KVM_SYSTEM_EVENT_RESET
        && Data.Length > 0
        && (Data[0] & KvmConstants.KVM_SYSTEM_EVENT_RESET_FLAG_PSCI_RESET2) != 0;
}
