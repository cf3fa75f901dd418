using System.Globalization;
using System.Runtime.InteropServices;
using Kvm.Interop;
using Kvm.Interop.Files;
using Kvm.Interop.Sockets;
using Vmm.Outcome;

namespace Vmm.Control;

/// <summary>The listening end of a control socket, and its place in the file system.</summary>
internal sealed class ControlSocket : IDisposable
{
    private const string DescriptorPrefix = "/proc/self/fd/";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>How long a process may take between making a socket file and listening on it.</summary>
    private static readonly TimeSpan s_startTime = TimeSpan.FromMilliseconds(50);

    private readonly string? _path;
    private readonly FileIdentity? _identity;

    private ControlSocket(SeqPacketSocket listener, string? path)
    {
        Listener = listener;
        _path = path;
        _identity = path is null ? null : FileIdentity.Of(path);
    }

    /// <summary>Accepts clients; does not block.</summary>
    public SeqPacketSocket Listener { get; }

    /// <summary>A client that was waiting on an inherited socket already.</summary>
    public SeqPacketSocket? FirstClient { get; private init; }

    /// <summary>Listens where <c>--socket</c> says: at a path, in a directory, or on a descriptor that the caller has bound.</summary>
    /// <exception cref="VmmException">Another VM listens there, or the place cannot be used.</exception>
    public static ControlSocket Open(string path)
    {
        try
        {
            return path.StartsWith(DescriptorPrefix, StringComparison.Ordinal) ? Inherit(path) : Make(path);
        }
        catch (LinuxException failure)
        {
            throw new VmmException($"--socket: cannot listen on {path}: {Marshal.GetPInvokeErrorMessage(failure.Errno)}", cause: failure);
        }
    }

    /// <summary>Closes the socket and removes its file, if the file is still this socket's.</summary>
    public void Dispose()
    {
        Listener.Dispose();
        FirstClient?.Dispose();
        if (_path is not null && _identity is not null && FileIdentity.Of(_path) == _identity)
        {
            File.Delete(_path);
        }
    }

    private static ControlSocket Inherit(string path)
    {
        if (!int.TryParse(path.AsSpan(DescriptorPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            throw new VmmException($"--socket: {path} names no descriptor");
        }

        var listener = SeqPacketSocket.FromNumber(number);
        try
        {
            listener.SetNonBlocking(true);

            // Only a listening socket can be asked for a client.
            return new ControlSocket(listener, path: null) { FirstClient = listener.Accept() };
        }
        catch (LinuxException failure)
        {
            listener.Dispose();
            throw failure.Errno is Errno.EINVAL or Errno.ENOTSOCK or Errno.EOPNOTSUPP
                ? new VmmException($"--socket: {path} is not a listening SOCK_SEQPACKET socket", cause: failure)
                : failure;
        }
    }

    private static ControlSocket Make(string path)
    {
        if (Directory.Exists(path))
        {
            path = Path.Combine(path, $"vmm-{Environment.ProcessId}.sock");
        }

        SeqPacketSocket listener;
        try
        {
            listener = Listen(path);
        }
        catch (LinuxException failure) when (failure.Errno == Errno.EADDRINUSE)
        {
            RemoveStale(path);
            listener = Listen(path);
        }

        return Restrict(listener, path);
    }

    private static SeqPacketSocket Listen(string path)
    {
        try
        {
            return SeqPacketSocket.Listen(path);
        }
        catch (ArgumentException tooLong)
        {
            throw new InvalidOptionException($"--socket: {tooLong.Message.Split(" (Parameter")[0]}");
        }
    }

    /// <summary>Removes a socket file that nobody listens on; everything else that may be in the way stays.</summary>
    private static void RemoveStale(string path)
    {
        var identity = FileIdentity.Of(path);
        if (identity?.IsSocket == false)
        {
            throw new VmmException($"--socket: {path} exists and is not a socket");
        }

        // Twice, for a process that has just made its socket and is about to listen.
        if (IsListening(path) || Wait(s_startTime) || IsListening(path))
        {
            throw new VmmException($"--socket: another VM is listening on {path}");
        }

        if (FileIdentity.Of(path) == identity)
        {
            File.Delete(path);
        }
    }

    private static bool Wait(TimeSpan time)
    {
        Thread.Sleep(time);
        return false;
    }

    private static bool IsListening(string path)
    {
        try
        {
            using var probe = SeqPacketSocket.Connect(path);
            return true;
        }
        catch (LinuxException failure) when (failure.Errno is Errno.ECONNREFUSED or Errno.ENOENT)
        {
            return false;
        }
        catch (LinuxException failure) when (failure.Errno == Errno.EPROTOTYPE)
        {
            throw new VmmException($"--socket: {path} is another program's socket, not a VM's", cause: failure);
        }
    }

    private static ControlSocket Restrict(SeqPacketSocket listener, string path)
    {
        try
        {
            File.SetUnixFileMode(path, OwnerOnly);
            listener.SetNonBlocking(true);

            // Whoever came before the mode was set came by the umask's leave, not by ours.
            while (listener.Accept() is { } early)
            {
                early.Dispose();
            }

            return new ControlSocket(listener, path);
        }
        catch
        {
            listener.Dispose();
            File.Delete(path);
            throw;
        }
    }
}
