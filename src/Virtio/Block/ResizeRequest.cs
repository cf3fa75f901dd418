namespace Virtio.Block;

/// <summary>A change of a disk's size that somebody waits for.</summary>
/// <param name="size">The new size in bytes.</param>
internal sealed class ResizeRequest(ulong size)
{
    private readonly TaskCompletionSource<int> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal ulong Size { get; } = size;

    /// <summary>0 or an errno, when it is done.</summary>
    internal Task<int> Result => _result.Task;

    internal void Complete(int error) => _result.TrySetResult(error);
}
