using Kvm.Interop;
using Kvm.Interop.Events;
using Kvm.Interop.Interrupts;
using Vmm.Configuration;

namespace Vmm.Devices.Serial;

/// <summary>The four UARTs of the machine and what stands behind them. All four exist always; those not configured are sinks.</summary>
public sealed class SerialPorts : IDisposable
{
    /// <summary>The number of ports.</summary>
    public const int Count = 4;

    private readonly SerialBackEnds _backEnds;
    private readonly Uart16550[] _uarts = new Uart16550[Count];

    private SerialPorts(SerialBackEnds backEnds) => _backEnds = backEnds;

    /// <summary>The devices, in the order of their numbers from 1.</summary>
    public IReadOnlyList<Uart16550> Uarts => _uarts;

    /// <summary>Opens the back ends and makes the devices.</summary>
    /// <param name="configs">
    /// All <c>--serial</c> options, checked and with their defaults; those for other hardware are left to others.
    /// </param>
    /// <param name="loop">Serves all ports; not started yet.</param>
    /// <param name="interrupt">The edge-triggered wire of a port, by its number from 1.</param>
    /// <param name="quit">Ends the virtual machine; called for the console's Ctrl-A x.</param>
    /// <param name="report">Takes a line for the user: the name of a pseudo terminal, an output that fails.</param>
    /// <param name="output">Puts something between a port, by its number from 1, and where its output goes; null: nothing.</param>
    /// <exception cref="LinuxException">A back end cannot be opened; the message names the option, the path and the error.</exception>
    /// <exception cref="ArgumentException">A port is configured twice or does not exist.</exception>
    public static SerialPorts Open(
        IReadOnlyList<SerialConfig> configs,
        EventLoop loop,
        Func<int, IInterruptLine> interrupt,
        Action quit,
        Action<string> report,
        Func<int, ISerialOutput, ISerialOutput>? output = null)
    {
        SerialConfig?[] byPort = Assign(configs);
        SerialPorts ports = new(new SerialBackEnds(loop));
        try
        {
            for (int i = 0; i < Count; i++)
            {
                SerialBackEnd? backEnd = byPort[i] is { } config
                    ? ports._backEnds.Open(config, $"serial port {config.Number}", quit, report)
                    : null;
                ISerialOutput sink = backEnd?.Output ?? new SinkOutput();
                ports._uarts[i] = new Uart16550(interrupt(i + 1), output?.Invoke(i + 1, sink) ?? sink);
                backEnd?.Attach(ports._uarts[i]);
            }

            return ports;
        }
        catch
        {
            ports.Dispose();
            throw;
        }
    }

    /// <summary>Stops the loop, writes what is left of the output for at most two seconds, closes everything and restores the terminal.</summary>
    public void Dispose() => _backEnds.Dispose();

    private static SerialConfig?[] Assign(IReadOnlyList<SerialConfig> configs)
    {
        SerialConfig?[] byPort = new SerialConfig?[Count];
        foreach (SerialConfig config in configs.Where(config => config.Hardware == SerialHardware.Serial))
        {
            if (config.Number is < 1 or > Count || byPort[config.Number - 1] is not null)
            {
                throw new ArgumentException($"serial port {config.Number} does not exist or is configured twice", nameof(configs));
            }

            byPort[config.Number - 1] = config;
        }

        return byPort;
    }
}
