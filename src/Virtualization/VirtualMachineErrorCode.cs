namespace Virtualization;

/// <summary>What went wrong in a guest (ERROR_* of android.system.virtualmachine.VirtualMachineCallback).</summary>
public enum VirtualMachineErrorCode
{
    /// <inheritdoc cref="Aidl.ErrorCode.Unknown"/>
    Unknown = Aidl.ErrorCode.Unknown,

    /// <inheritdoc cref="Aidl.ErrorCode.PayloadVerificationFailed"/>
    PayloadVerificationFailed = Aidl.ErrorCode.PayloadVerificationFailed,

    /// <inheritdoc cref="Aidl.ErrorCode.PayloadChanged"/>
    PayloadChanged = Aidl.ErrorCode.PayloadChanged,

    /// <inheritdoc cref="Aidl.ErrorCode.PayloadInvalidConfig"/>
    PayloadInvalidConfig = Aidl.ErrorCode.PayloadInvalidConfig,
}
