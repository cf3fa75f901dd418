using System.Net.Sockets;
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

    // How long a reader that does not read may hold up the end of the VM.
    private static readonly TimeSpan s_drainLimit = TimeSpan.FromSeconds(2);

    private readonly EventLoop _loop;
    private readonly List<SerialBackEnd> _backEnds = [];
    private readonly Uart16550[] _uarts = new Uart16550[Count];

    private SerialPorts(EventLoop loop) => _loop = loop;

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
    /// <exception cref="LinuxException">A back end cannot be opened; the message names the option, the path and the error.</exception>
    /// <exception cref="ArgumentException">A port is configured twice or does not exist.</exception>
    public static SerialPorts Open(
        IReadOnlyList<SerialConfig> configs, EventLoop loop, Func<int, IInterruptLine> interrupt, Action quit, Action<string> report)
    {
        SerialConfig?[] byPort = Assign(configs);
        SerialPorts ports = new(loop);
        try
        {
            for (int i = 0; i < Count; i++)
            {
                SerialBackEnd? backEnd = byPort[i] is { } config ? OpenBackEnd(config, loop, quit, report) : null;
                if (backEnd is not null)
                {
                    ports._backEnds.Add(backEnd);
                }

                ports._uarts[i] = new Uart16550(interrupt(i + 1), backEnd?.Output ?? new SinkOutput());
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
    public void Dispose()
    {
        _loop.Stop();
        long deadline = Environment.TickCount64 + (long)s_drainLimit.TotalMilliseconds;
        foreach (SerialBackEnd backEnd in _backEnds)
        {
            backEnd.Drain(TimeSpan.FromMilliseconds(Math.Max(0, deadline - Environment.TickCount64)));
            backEnd.Dispose();
        }

        _backEnds.Clear();
    }

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

    private static SerialBackEnd? OpenBackEnd(SerialConfig config, EventLoop loop, Action quit, Action<string> report)
    {
        string option = $"--serial num={config.Number},type={TypeName(config.Backend)}";
        string path = config.Path ?? "";
        try
        {
            switch (config.Backend)
            {
                case SerialBackend.Stdout:
                    return new StandardStreamsBackEnd(loop, config.Stdin, quit);
                case SerialBackend.File:
                    return new FileBackEnd(
                        loop, path, config.Input, error => report($"{option}: {error.Message}; its output is dropped from here on"));
                case SerialBackend.UnixStream:
                    return new UnixStreamBackEnd(loop, path);
                case SerialBackend.Unix:
                    return new UnixDatagramBackEnd(loop, path);
                case SerialBackend.Pty:
                    PtyBackEnd pty = new(loop, config.Path);
                    report($"serial port {config.Number} is {pty.TerminalPath}");
                    return pty;
                default:
                    return null;
            }
        }
        catch (LinuxException e)
        {
            string? hint = e.Errno == Errno.ENXIO ? "a FIFO needs a reader before the VM starts" : e.Hint;
            throw new LinuxException($"{option}: {e.Call}", e.Target, e.Errno, hint);
        }
        catch (SocketException e)
        {
            // .NET has no name for ENOENT among a socket's errors and gives another number for it.
            int errno = e.SocketErrorCode == SocketError.AddressNotAvailable ? Errno.ENOENT : e.NativeErrorCode;
            throw new LinuxException($"{option}: socket", path, errno);
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new LinuxException($"{option}: socket", path, Errno.ENAMETOOLONG, "a socket's path has at most 107 bytes");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LinuxException($"{option}: symlink", path, ErrnoOf(e));
        }
    }

    // Of a failed file operation of .NET, which keeps the number only where it has no exception of its own for it.
    private static int ErrnoOf(Exception e) => e switch
    {
        FileNotFoundException or DirectoryNotFoundException => Errno.ENOENT,
        IOException { HResult: > 0 } => e.HResult,
        _ => Errno.EACCES,
    };

    private static string TypeName(SerialBackend backEnd) => backEnd switch
    {
        SerialBackend.Sink => "sink",
        SerialBackend.Stdout => "stdout",
        SerialBackend.File => "file",
        SerialBackend.UnixStream => "unix-stream",
        SerialBackend.Unix => "unix",
        _ => "pty",
    };
}
