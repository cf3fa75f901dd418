using System.Runtime;
using Virtualization.Binder;
using VmPayload.Binder;

namespace VmPayload.Exports;

/// <summary>include/android/binder_status.h.</summary>
internal static unsafe class StatusFunctions
{
    [RuntimeExport("AStatus_newOk")]
    internal static AStatus* Ok() => AStatus.Create();

    [RuntimeExport("AStatus_fromExceptionCode")]
    internal static AStatus* FromExceptionCode(int exception) => AStatus.Of(Known(exception), 0, null, 0);

    [RuntimeExport("AStatus_fromExceptionCodeWithMessage")]
    internal static AStatus* FromExceptionCodeWithMessage(int exception, byte* message) => AStatus.Of(Known(exception), 0, message, AStatus.Length(message));

    [RuntimeExport("AStatus_fromServiceSpecificError")]
    internal static AStatus* FromServiceSpecificError(int error) => AStatus.Of(ExceptionCode.ServiceSpecific, error, null, 0);

    [RuntimeExport("AStatus_fromServiceSpecificErrorWithMessage")]
    internal static AStatus* FromServiceSpecificErrorWithMessage(int error, byte* message) =>
        AStatus.Of(ExceptionCode.ServiceSpecific, error, message, AStatus.Length(message));

    [RuntimeExport("AStatus_fromStatus")]
    internal static AStatus* FromStatus(int status) => AStatus.Of((StatusCode)status);

    [RuntimeExport("AStatus_isOk")]
    internal static bool IsOk(AStatus* status) => status->Exception == ExceptionCode.None;

    [RuntimeExport("AStatus_getExceptionCode")]
    internal static int GetExceptionCode(AStatus* status) => (int)status->Exception;

    [RuntimeExport("AStatus_getServiceSpecificError")]
    internal static int GetServiceSpecificError(AStatus* status) => status->ServiceSpecific;

    [RuntimeExport("AStatus_getStatus")]
    internal static int GetStatus(AStatus* status) => (int)status->Status;

    [RuntimeExport("AStatus_getMessage")]
    internal static byte* GetMessage(AStatus* status) => status->Message;

    [RuntimeExport("AStatus_delete")]
    internal static void Delete(AStatus* status) => AStatus.Delete(status);

    // As in Android a number that is no exception is a failed transaction.
    private static ExceptionCode Known(int exception) =>
        exception is <= (int)ExceptionCode.None and >= (int)ExceptionCode.Parcelable ? (ExceptionCode)exception : ExceptionCode.TransactionFailed;
}
