namespace MicrodroidInit;

/// <summary>What went wrong, and a number that says more of it.</summary>
/// <param name="error">What.</param>
/// <param name="number">A negative errno, or what the error's text says.</param>
public readonly struct InitFault(InitError error, long number = 0)
{
    /// <summary>What.</summary>
    public InitError Error { get; } = error;

    /// <summary>A negative errno, or another code.</summary>
    public long Number { get; } = number;

    /// <summary>Whether nothing went wrong.</summary>
    public bool IsNone => Error == InitError.None;
}
