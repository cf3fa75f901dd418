namespace Kvm.Interop.IoUring;

/// <summary>What became of a request of an <see cref="IoRing"/>.</summary>
/// <param name="Token">The request's token.</param>
/// <param name="Result">What the system call of the same name would return, or a negative errno.</param>
/// <param name="HasMore">More completions of the same request follow.</param>
public readonly record struct IoCompletion(ulong Token, int Result, bool HasMore);
