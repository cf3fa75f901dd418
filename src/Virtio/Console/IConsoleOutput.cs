namespace Virtio.Console;

/// <summary>Where a console's output goes on the host. Bounded: it takes no more than it has room for.</summary>
public interface IConsoleOutput
{
    /// <summary>Called, from any thread, when there is room again after <see cref="Write"/> took less than it was given.</summary>
    Action? RoomAvailable { get; set; }

    /// <summary>Takes output. Never blocks and never allocates.</summary>
    /// <returns>How many bytes were taken, from the front; less than given when there is no room for more.</returns>
    int Write(ReadOnlySpan<byte> bytes);
}
