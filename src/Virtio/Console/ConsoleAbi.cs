namespace Virtio.Console;

/// <summary>Numbers of a console device (virtio 1.3, section 5.3; Linux <c>include/uapi/linux/virtio_console.h</c>).</summary>
internal static class ConsoleAbi
{
    /// <summary>The configuration has the size of the console, as a mask.</summary>
    public const ulong VIRTIO_CONSOLE_F_SIZE = 1 << 0;

    /// <summary>Queue of buffers that take input for the guest.</summary>
    public const int ReceiveQueue = 0;

    /// <summary>Queue of the guest's output.</summary>
    public const int TransmitQueue = 1;

    /// <summary>Bytes of <c>struct virtio_console_config</c>: columns and rows (16 bits each), ports and emergency output (32 bits each).</summary>
    public const int ConfigurationSize = 12;
}
