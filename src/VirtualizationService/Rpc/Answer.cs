using Kvm.Interop;
using Virtualization.Binder;

namespace VirtualizationService.Rpc;

/// <summary>Does what a client asked for, and turns a refusal into the exception that the client reads.</summary>
internal static class Answer
{
    private const int Failed = -1;

    public static T To<T>(Func<T> request)
    {
        try
        {
            return request();
        }
        catch (RefusedException refusal)
        {
            throw Translate(refusal);
        }
        catch (Exception e) when (e is LinuxException or IOException or UnauthorizedAccessException)
        {
            throw new ServiceSpecificException(Failed, e.Message);
        }
    }

    public static void To(Action request) => To(() =>
    {
        request();
        return true;
    });

    private static BinderException Translate(RefusedException refusal) => refusal.Refusal switch
    {
        Refusal.Argument => new BinderException(ExceptionCode.IllegalArgument, refusal.Message, refusal),
        Refusal.State => new BinderException(ExceptionCode.IllegalState, refusal.Message, refusal),
        Refusal.Security => new BinderException(ExceptionCode.Security, refusal.Message, refusal),
        Refusal.Unsupported => new BinderException(ExceptionCode.UnsupportedOperation, refusal.Message, refusal),
        _ => new ServiceSpecificException(Failed, refusal.Message),
    };
}
