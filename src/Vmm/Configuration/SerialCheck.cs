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
        if (port.Number is < 1 or > VmLimits.MaxSerialPorts)
        {
            throw new InvalidOptionException($"--serial: num={port.Number}; serial ports have numbers 1 to {VmLimits.MaxSerialPorts}");
        }

        var needsPath = port.Backend is SerialBackend.File or SerialBackend.Unix or SerialBackend.UnixStream;
        if (needsPath && port.Path is null)
        {
            throw new InvalidOptionException($"--serial: type={Name(port.Backend)} of port {port.Number} needs path=");
        }

        if (port.Input is not null && port.Backend != SerialBackend.File)
        {
            throw new InvalidOptionException($"--serial: input= goes with type=file, and port {port.Number} has type={Name(port.Backend)}");
        }

        if (port.Stdin && port.Backend != SerialBackend.Stdout)
        {
            throw new InvalidOptionException($"--serial: stdin goes with type=stdout, and port {port.Number} has type={Name(port.Backend)}");
        }

        if (port is { Path: not null, Backend: SerialBackend.Stdout or SerialBackend.Sink })
        {
            warnings.Add($"--serial: path={port.Path} has no effect with type={Name(port.Backend)}");
        }

        if (port.EarlyConsole && port.Backend == SerialBackend.Sink)
        {
            warnings.Add($"--serial: earlycon has no effect on port {port.Number}: type=sink drops all output");
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
                    throw new InvalidOptionException($"--serial: two options describe port {ports[j].Number}; give another num=");
                }

                // Files and datagram sockets can take the output of several ports; a place where something is made can hold one.
                var bothMake = MakesItsPath(ports[i]) && MakesItsPath(ports[j]);
                if (bothMake && ports[i].Path is { } path && path == ports[j].Path)
                {
                    throw new InvalidOptionException($"--serial: ports {ports[i].Number} and {ports[j].Number} both make {path}");
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
            throw new InvalidOptionException($"--serial: ports {marked[0].Number} and {marked[1].Number} both have {key}; one port can");
        }
    }

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
