using System.Net.Sockets;
using Kvm.Interop;
using Kvm.Interop.Events;
using Kvm.Interop.Files;

namespace Vmm.Devices.Serial;

/// <summary>A port on a Unix stream socket (<c>type=unix-stream</c>).</summary>
/// <remarks>
/// Where somebody listens at the path already, the port connects to it, as crosvm's does. Otherwise it listens there itself and serves one
/// client at a time; the next waits until that one has left. Output while there is no client is dropped.
/// </remarks>
public sealed class UnixStreamBackEnd : SerialBackEnd
{
    private readonly string _path;
    private readonly Socket? _listener;
    private readonly SocketDescriptor? _listening;
    private readonly EventWatch? _acceptWatch;

    /// <param name="loop">Reads, writes and accepts.</param>
    /// <param name="path">The socket's path.</param>
    /// <exception cref="SocketException">The path cannot be connected to or listened at.</exception>
    /// <exception cref="ArgumentException">The path is too long for a socket's address.</exception>
    public UnixStreamBackEnd(EventLoop loop, string path)
        : base(loop)
    {
        _path = path;
        UnixDomainSocketEndPoint address = new(path);
        Socket socket = NewSocket();
        try
        {
            socket.Connect(address);
            SocketDescriptor peer = new(socket, path);
            Connect(peer, peer);
            return;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            socket.Dispose(); // .NET's name for ENOENT: nothing is there
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused && IsSocket(path))
        {
            socket.Dispose();
            File.Delete(path); // a process listened here and is gone
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        _listener = NewSocket();
        _listening = new SocketDescriptor(_listener, path);
        try
        {
            _listener.Bind(address);
            _listener.Listen(8);
            _acceptWatch = loop.Watch(_listening, EpollEvents.EPOLLIN, _ => Accept());
        }
        catch
        {
            _listening.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _acceptWatch?.Dispose();
        base.Dispose();
        _listening?.Dispose(); // this removes the path as well
    }

    private protected override void OnDisconnected() => _acceptWatch?.Change(EpollEvents.EPOLLIN);

    private static Socket NewSocket() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    // open(2) on a socket gives ENXIO; other files refuse to be connected to as well, and must not be deleted.
    private static bool IsSocket(string path)
    {
        try
        {
            PosixFile.Open(path, OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK | OpenFlags.O_NOCTTY).Dispose();
            return false;
        }
        catch (LinuxException e)
        {
            return e.Errno == Errno.ENXIO;
        }
    }

    private void Accept()
    {
        SocketDescriptor client;
        try
        {
            client = new SocketDescriptor(_listener!.Accept(), _path);
        }
        catch (SocketException)
        {
            return; // it left before it was served
        }

        _acceptWatch!.Change(EpollEvents.None);
        Connect(client, client);
    }
}
