using Vmm.Outcome;

namespace Vmm.Configuration;

/// <summary>The rules of <c>--serial</c>: each port for itself, and all of them together.</summary>
internal static class SerialCheck
{
    /// <exception cref="InvalidOptionException">The first fault.</exception>
    public static void Check(IReadOnlyList<SerialConfig> ports, List<string> warnings)
    {
        foreach (var port in ports)
        {
            CheckPort(port, warnings);
        }

        RefuseRepeats(ports);
        AtMostOne(ports, "console", static port => port.Console);
        AtMostOne(ports, "earlycon", static port => port.EarlyConsole);
        AtMostOne(ports, "stdin", static port => port.Stdin);
        if (ports.Count(static port => port.Backend == SerialBackend.Stdout) > 1)
        {
            warnings.Add("--serial: two ports write to standard output; their lines will mix");
        }
    }

    private static void CheckPort(SerialConfig port, List<string> warnings)
    {
        var isVirtio = port.Hardware == SerialHardware.VirtioConsole;
        var limit = isVirtio ? VmLimits.MaxVirtioConsoles : VmLimits.MaxSerialPorts;
        if (port.Number < 1 || port.Number > limit)
        {
            throw new InvalidOptionException(
                $"--serial: num={port.Number}; {(isVirtio ? "virtio consoles" : "serial ports")} have numbers 1 to {limit}");
        }

        if (isVirtio && port.EarlyConsole)
        {
            throw new InvalidOptionException($"--serial: earlycon goes with hardware=serial; {Describe(port)} comes too late in the guest's start");
        }

        var needsPath = port.Backend is SerialBackend.File or SerialBackend.Unix or SerialBackend.UnixStream;
        if (needsPath && port.Path is null)
        {
            throw new InvalidOptionException($"--serial: type={Name(port.Backend)} of {Describe(port)} needs path=");
        }

        if (port.Input is not null && port.Backend != SerialBackend.File)
        {
            throw new InvalidOptionException($"--serial: input= goes with type=file, and {Describe(port)} has type={Name(port.Backend)}");
        }

        if (port.Stdin && port.Backend != SerialBackend.Stdout)
        {
            throw new InvalidOptionException($"--serial: stdin goes with type=stdout, and {Describe(port)} has type={Name(port.Backend)}");
        }

        if (port is { Path: not null, Backend: SerialBackend.Stdout or SerialBackend.Sink })
        {
            warnings.Add($"--serial: path={port.Path} has no effect with type={Name(port.Backend)}");
        }

        if (port.EarlyConsole && port.Backend == SerialBackend.Sink)
        {
            warnings.Add($"--serial: earlycon has no effect on {Describe(port)}: type=sink drops all output");
        }
    }

    private static void RefuseRepeats(IReadOnlyList<SerialConfig> ports)
    {
        for (var i = 0; i < ports.Count; i++)
        {
            for (var j = i + 1; j < ports.Count; j++)
            {
                if (ports[i].Hardware == ports[j].Hardware && ports[i].Number == ports[j].Number)
                {
                    throw new InvalidOptionException($"--serial: two options describe {Describe(ports[j])}; give another num=");
                }

                // Files and datagram sockets can take the output of several ports; a place where something is made can hold one.
                var bothMake = MakesItsPath(ports[i]) && MakesItsPath(ports[j]);
                if (bothMake && ports[i].Path is { } path && path == ports[j].Path)
                {
                    throw new InvalidOptionException($"--serial: {Describe(ports[i])} and {Describe(ports[j])} both make {path}");
                }
            }
        }
    }

    private static bool MakesItsPath(SerialConfig port) => port.Backend is SerialBackend.UnixStream or SerialBackend.Pty;

    private static void AtMostOne(IReadOnlyList<SerialConfig> ports, string key, Func<SerialConfig, bool> has)
    {
        var marked = ports.Where(has).ToList();
        if (marked.Count > 1)
        {
            throw new InvalidOptionException($"--serial: {Describe(marked[0])} and {Describe(marked[1])} both have {key}; one port can");
        }
    }

    private static string Describe(SerialConfig port) =>
        port.Hardware == SerialHardware.VirtioConsole ? $"virtio console {port.Number}" : $"port {port.Number}";

    private static string Name(SerialBackend backend) => backend switch
    {
        SerialBackend.Stdout => "stdout",
        SerialBackend.File => "file",
        SerialBackend.Unix => "unix",
        SerialBackend.UnixStream => "unix-stream",
        SerialBackend.Pty => "pty",
        _ => "sink",
    };
}
