namespace Virtualization.Binder;

/// <summary>A method failed with a number that its interface defines (EX_SERVICE_SPECIFIC).</summary>
public sealed class ServiceSpecificException : BinderException
{
    /// <param name="code">The service's number.</param>
    /// <param name="message">One line for the caller's user.</param>
    public ServiceSpecificException(int code, string? message = null)
        : base(ExceptionCode.ServiceSpecific, message ?? $"the service failed with its error {code}") => Code = code;

    /// <summary>The service's number.</summary>
    public int Code { get; }
}
