using Vmm.Configuration;
using Vmm.Outcome;

namespace Vmm.CommandLine;

/// <summary>The values of <c>--serial</c>.</summary>
internal static class SerialOption
{
    private const string Option = "--serial";

    private static readonly KeyedSchema s_keys = new("type", "hardware", "num", "path", "input", "console", "earlycon", "stdin")
    {
        NotYet = ["name", "debugcon_port", "input-unix-stream", "max-queue-sizes", "out_timestamp", "pci-address"],
    };

    private static readonly Dictionary<string, SerialBackend> s_backends = new()
    {
        ["stdout"] = SerialBackend.Stdout,
        ["file"] = SerialBackend.File,
        ["unix"] = SerialBackend.Unix,
        ["unix-stream"] = SerialBackend.UnixStream,
        ["pty"] = SerialBackend.Pty,
        ["sink"] = SerialBackend.Sink,
    };

    // The legacy one is crosvm's earlier code for the same device.
    private static readonly Dictionary<string, SerialHardware> s_hardware = new()
    {
        ["serial"] = SerialHardware.Serial,
        ["virtio-console"] = SerialHardware.VirtioConsole,
        ["legacy-virtio-console"] = SerialHardware.VirtioConsole,
    };

    /// <summary>
    /// The ports that the options describe. When none of them is the console and port 1 is free, port 1 becomes the console on standard output
    /// and, unless another port has it, standard input (as in crosvm).
    /// </summary>
    public static IReadOnlyList<SerialConfig> ReadAll(IReadOnlyList<string> values)
    {
        var ports = values.Select(Read).ToList();
        if (!ports.Exists(static port => port.Console || port is { Hardware: SerialHardware.Serial, Number: 1 }))
        {
            ports.Insert(0, new SerialConfig
            {
                Backend = SerialBackend.Stdout,
                Console = true,
                Stdin = !ports.Exists(static port => port.Stdin),
            });
        }

        return ports;
    }

    private static SerialConfig Read(string text)
    {
        var keys = KeyedOption.Parse(Option, text, s_keys);
        var port = new SerialConfig
        {
            Hardware = keys.Choice("hardware", s_hardware, ["debugcon"]) ?? SerialHardware.Serial,
            Backend = keys.Choice("type", s_backends, ["syslog", "namedpipe"]) ?? SerialBackend.Sink,
            Number = (int)Math.Min(keys.Number("num") ?? 1, int.MaxValue),
            Path = keys.Text("path"),
            Input = keys.Text("input"),
            Console = keys.Flag("console"),
            EarlyConsole = keys.Flag("earlycon"),
            Stdin = keys.Flag("stdin"),
        };
        return port is { Stdin: true, Input: not null }
            ? throw new InvalidOptionException($"{Option}: port {port.Number} has both stdin and input=; it can read from one")
            : port;
    }
}
