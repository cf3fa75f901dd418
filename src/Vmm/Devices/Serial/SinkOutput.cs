namespace Vmm.Devices.Serial;

/// <summary>Drops all output.</summary>
public sealed class SinkOutput : ISerialOutput
{
    /// <inheritdoc/>
    public Action? Ready { get; set; }

    /// <inheritdoc/>
    public bool Write(ReadOnlySpan<byte> bytes) => true;
}
