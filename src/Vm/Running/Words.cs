using Virtualization.Aidl;
using VirtualMachineState = Virtualization.VirtualMachineState;

namespace Vm.Running;

/// <summary>AVF's words for states and errors, as its <c>vm</c> prints them.</summary>
internal static class Words
{
    public static string Of(VirtualMachineState state) => state switch
    {
        VirtualMachineState.NotStarted => "NOT_STARTED",
        VirtualMachineState.Starting => "STARTING",
        VirtualMachineState.Started => "STARTED",
        VirtualMachineState.Ready => "READY",
        VirtualMachineState.Finished => "FINISHED",
        VirtualMachineState.Dead => "DEAD",
        _ => $"(invalid state {(int)state})",
    };

    public static string Of(ErrorCode code) => code switch
    {
        ErrorCode.Unknown => "UNKNOWN",
        ErrorCode.PayloadVerificationFailed => "PAYLOAD_VERIFICATION_FAILED",
        ErrorCode.PayloadChanged => "PAYLOAD_CHANGED",
        ErrorCode.PayloadInvalidConfig => "PAYLOAD_INVALID_CONFIG",
        _ => $"ErrorCode({(int)code})",
    };
}
