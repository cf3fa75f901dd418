namespace Kvm.Interop.Processes;

/// <summary>How a child process ended.</summary>
/// <param name="Status">Its exit status, 0 to 255; null when a signal ended it.</param>
/// <param name="Signal">The signal that ended it; null when it exited.</param>
public readonly record struct ChildExit(int? Status, int? Signal)
{
    /// <summary>In words: <c>exit status 1</c>, <c>signal 9</c>.</summary>
    public override string ToString() => Signal is { } signal ? $"signal {signal}" : $"exit status {Status}";
}
