using System.Net.Sockets;
using Kvm.Interop;
using Kvm.Interop.Events;
using Vmm.Configuration;

namespace Vmm.Devices.Serial;

/// <summary>The back ends of <c>--serial</c> options for one kind of device.</summary>
/// <param name="loop">Serves them; not started yet.</param>
public sealed class SerialBackEnds(EventLoop loop) : IDisposable
{
    // How long a reader that does not read may hold up the end of the VM.
    private static readonly TimeSpan s_drainLimit = TimeSpan.FromSeconds(2);

    private readonly List<SerialBackEnd> _open = [];

    /// <summary>Opens what an option asks for.</summary>
    /// <param name="config">The option.</param>
    /// <param name="name">What the device behind it is called: "serial port 1".</param>
    /// <param name="quit">Ends the virtual machine; called for the console's Ctrl-A x.</param>
    /// <param name="report">Takes a line for the user: the name of a pseudo terminal, an output that fails.</param>
    /// <returns>It stays this object's; null for one that drops output and has no input.</returns>
    /// <exception cref="LinuxException">It cannot be opened; the message names the option, the path and the error.</exception>
    public SerialBackEnd? Open(SerialConfig config, string name, Action quit, Action<string> report)
    {
        if (OpenOne(config, name, quit, report) is not { } backEnd)
        {
            return null;
        }

        _open.Add(backEnd);
        return backEnd;
    }

    /// <summary>Stops the loop, writes what is left of the output for at most two seconds, closes everything and restores the terminal.</summary>
    public void Dispose()
    {
        loop.Stop();
        long deadline = Environment.TickCount64 + (long)s_drainLimit.TotalMilliseconds;
        foreach (SerialBackEnd backEnd in _open)
        {
            backEnd.Drain(TimeSpan.FromMilliseconds(Math.Max(0, deadline - Environment.TickCount64)));
            backEnd.Dispose();
        }

        _open.Clear();
    }

    private SerialBackEnd? OpenOne(SerialConfig config, string name, Action quit, Action<string> report)
    {
        string hardware = config.Hardware == SerialHardware.VirtioConsole ? "hardware=virtio-console," : "";
        string option = $"--serial {hardware}num={config.Number},type={TypeName(config.Backend)}";
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
                    report($"{name} is {pty.TerminalPath}");
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
