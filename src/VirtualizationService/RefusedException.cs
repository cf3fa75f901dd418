namespace VirtualizationService;

/// <summary>A request that is not carried out; the message is one line for the user.</summary>
/// <param name="refusal">Why.</param>
/// <param name="message">What, where, and what to do.</param>
/// <param name="cause">What it comes from.</param>
public sealed class RefusedException(Refusal refusal, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>Why.</summary>
    public Refusal Refusal { get; } = refusal;
}
