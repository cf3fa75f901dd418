namespace Virtualization.Binder;

/// <summary>A call that failed: as a transaction (<see cref="Status"/>), or because its method says so (<see cref="Exception"/>).</summary>
public class BinderException : Exception
{
    /// <summary>A transaction that failed as a whole.</summary>
    /// <param name="status">What became of it.</param>
    /// <param name="message">One line for the user; the status in words where there is none.</param>
    /// <param name="inner">What caused it.</param>
    public BinderException(StatusCode status, string? message = null, Exception? inner = null)
        : base(message ?? $"the transaction failed: {status}", inner)
    {
        Status = status;
        Exception = ExceptionCode.TransactionFailed;
    }

    /// <summary>A method that refused; the caller reads this as a status of the reply.</summary>
    /// <param name="exception">The kind of failure.</param>
    /// <param name="message">One line for the caller's user.</param>
    /// <param name="inner">What caused it; not sent.</param>
    public BinderException(ExceptionCode exception, string? message, Exception? inner = null)
        : base(message ?? $"the call failed: {exception}", inner)
    {
        Exception = exception;
        Status = StatusCode.Ok;
    }

    /// <summary>What became of the transaction; <see cref="StatusCode.Ok"/> when it was carried out and the method itself failed.</summary>
    public StatusCode Status { get; }

    /// <summary>What the method says; <see cref="ExceptionCode.TransactionFailed"/> when the transaction did not reach it.</summary>
    public ExceptionCode Exception { get; }
}
