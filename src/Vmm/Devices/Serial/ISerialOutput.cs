namespace Vmm.Devices.Serial;

/// <summary>Where a serial device sends the guest's output.</summary>
public interface ISerialOutput
{
    /// <summary>
    /// Called, from any thread, when there is room again after <see cref="Write"/> returned false. It may call <see cref="Write"/>.
    /// </summary>
    Action? Ready { get; set; }

    /// <summary>Takes output. Never blocks and never allocates; bytes beyond the room left are lost.</summary>
    /// <returns>Whether at least 16 more bytes, the load of one 16550A FIFO, will be taken; if not, <see cref="Ready"/> follows.</returns>
    bool Write(ReadOnlySpan<byte> bytes);
}
