namespace Vmm.Configuration;

/// <summary>One <c>--serial</c> option.</summary>
public sealed record SerialConfig
{
    /// <summary>The back end on the host.</summary>
    public SerialBackend Backend { get; init; } = SerialBackend.Sink;

    /// <summary>The device in the guest.</summary>
    public SerialHardware Hardware { get; init; } = SerialHardware.Serial;

    /// <summary>The port's number, from 1: <c>hardware=serial,num=1</c> is the UART at 0x3f8, ttyS0.</summary>
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
}
