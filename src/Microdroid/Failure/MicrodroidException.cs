using Virtualization.Aidl;

namespace Microdroid.Failure;

/// <summary>A failure that the host is told of by one of its own words.</summary>
/// <param name="reason">The word.</param>
/// <param name="message">One line: what is wrong, with what, what was seen.</param>
/// <param name="cause">The failure below, if any.</param>
internal sealed class MicrodroidException(FailureReason reason, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>The word.</summary>
    public FailureReason Reason { get; } = reason;

    /// <summary>What any failure is to the host.</summary>
    public static FailureReason ReasonOf(Exception failure) => (failure as MicrodroidException)?.Reason ?? FailureReason.UnknownRuntimeError;

    /// <summary>The code that <see cref="IVirtualMachineService.NotifyError"/> takes.</summary>
    public static ErrorCode CodeOf(Exception failure) => ReasonOf(failure) switch
    {
        FailureReason.PayloadChanged => ErrorCode.PayloadChanged,
        FailureReason.PayloadVerificationFailed => ErrorCode.PayloadVerificationFailed,
        FailureReason.PayloadInvalidConfig => ErrorCode.PayloadInvalidConfig,
        _ => ErrorCode.Unknown,
    };
}
