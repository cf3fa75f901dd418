namespace Vmm.Configuration;

/// <summary>One <c>--serial</c> option.</summary>
public sealed record SerialConfig
{
    /// <summary>The back end on the host.</summary>
    public SerialBackend Backend { get; init; } = SerialBackend.Sink;

    /// <summary>The device in the guest.</summary>
    public SerialHardware Hardware { get; init; } = SerialHardware.Serial;

    /// <summary>
    /// The port's number, from 1: <c>hardware=serial,num=1</c> is the UART at 0x3f8, ttyS0; virtio consoles are hvc0, hvc1, … in this order.
    /// </summary>
    public int Number { get; init; } = 1;

    /// <summary>The file or socket of the back end.</summary>
    public string? Path { get; init; }

    /// <summary>Where a file back end reads its input.</summary>
    public string? Input { get; init; }

    /// <summary>The port is the guest's <c>console=</c>.</summary>
    public bool Console { get; init; }

    /// <summary>The port is the guest's <c>earlycon=</c>.</summary>
    public bool EarlyConsole { get; init; }

    /// <summary>Standard input goes to this port.</summary>
    public bool Stdin { get; init; }

    /// <summary>
    /// The virtio consoles among the options in the order of their numbers. Each becomes a device of its own with one port, as with crosvm, and
    /// Linux counts hvc0, hvc1, … in the order of the devices.
    /// </summary>
    public static IEnumerable<SerialConfig> VirtioConsoles(IEnumerable<SerialConfig> all) =>
        all.Where(static serial => serial.Hardware == SerialHardware.VirtioConsole).OrderBy(static serial => serial.Number);
}
