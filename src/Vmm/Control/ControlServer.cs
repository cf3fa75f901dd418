using Kvm.Interop;
using Kvm.Interop.Events;
using Kvm.Interop.Sockets;
using Vmm.CommandLine;
using Vmm.Logging;
using Vmm.Outcome;

namespace Vmm.Control;

/// <summary>
/// Answers requests on a VM's control socket (SOCK_SEQPACKET, one JSON message a packet) with a thread of its own.
/// </summary>
/// <remarks>
/// No client can hold up the VM or another client: sockets never block, each ready client has one request taken in turn, a client that does
/// not read its answers is dropped when the kernel's buffer for it is full, and when there are too many the one that was quiet longest goes.
/// </remarks>
public sealed class ControlServer : IDisposable
{
    /// <summary>The most clients at a time.</summary>
    public const int MaxClients = 64;

    private const string LogPart = "control";
    private const ulong ListenerToken = 0;
    private const ulong WakeToken = 1;

    private static readonly TimeSpan s_joinTime = TimeSpan.FromSeconds(5);

    private readonly ControlSocket _socket;
    private readonly Epoll _epoll = new();
    private readonly EventFd _wake = new("control socket wake-up");
    private readonly Dictionary<ulong, Client> _clients = [];
    private readonly byte[] _buffer = new byte[ControlJson.MaxMessage];
    private ulong _clock = WakeToken;
    private bool _acceptPaused;
    private Thread? _thread;
    private bool _disposed;

    private ControlServer(ControlSocket socket)
    {
        _socket = socket;
        _epoll.Add(_wake, EpollEvents.EPOLLIN, WakeToken);
        _epoll.Add(_socket.Listener, EpollEvents.EPOLLIN, ListenerToken);
        if (_socket.FirstClient is { } waiting)
        {
            Take(waiting);
        }
    }

    /// <summary>Takes the place that <c>--socket</c> names. Clients can connect from now on; they are answered after <see cref="Start"/>.</summary>
    /// <exception cref="VmmException">Another VM listens there, or the place cannot be used.</exception>
    public static ControlServer Listen(string path) => new(ControlSocket.Open(path));

    /// <summary>Starts to answer.</summary>
    public void Start(IVmControl vm)
    {
        _thread = new Thread(() => Serve(vm)) { IsBackground = true, Name = "control" };
        _thread.Start();
    }

    /// <summary>Stops answering, closes every connection and removes the socket's file.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _wake.Signal();

        // The thread may be in a call into the VM; the VM is ending, so that call ends, but not so surely that the process should hang on it.
        if (_thread?.Join(s_joinTime) != false)
        {
            foreach (var client in _clients.Values)
            {
                client.Socket.Dispose();
            }

            _epoll.Dispose();
            _wake.Dispose();
        }

        _socket.Dispose();
    }

    private void Serve(IVmControl vm)
    {
        Span<EpollEntry> ready = new EpollEntry[16];
        while (true)
        {
            foreach (var entry in ready[.._epoll.Wait(ready, _acceptPaused ? 1000 : -1)])
            {
                switch (entry.Token)
                {
                    case WakeToken:
                        return;
                    case ListenerToken:
                        Accept();
                        break;
                    default:
                        // A client may have been dropped by an earlier entry of this round.
                        if (_clients.TryGetValue(entry.Token, out var client) && !TryAnswer(client, vm))
                        {
                            Drop(entry.Token);
                        }

                        break;
                }
            }

            ResumeAccepting();
        }
    }

    private void Accept()
    {
        try
        {
            if (_socket.Listener.Accept() is not { } socket)
            {
                return;
            }

            if (_clients.Count == MaxClients)
            {
                Drop(_clients.MinBy(static client => client.Value.LastSeen).Key);
            }

            Take(socket);
        }
        catch (LinuxException failure) when (failure.Errno is Errno.EMFILE or Errno.ENFILE or Errno.ENOMEM or Errno.ENOBUFS)
        {
            // The client stays in the queue, so the listener stays readable: look away for a while instead of spinning.
            Log.Write(LogLevel.Warn, LogPart, $"cannot accept a client: {failure.Message}");
            _epoll.Modify(_socket.Listener, EpollEvents.None, ListenerToken);
            _acceptPaused = true;
        }
        catch (LinuxException failure)
        {
            Log.Write(LogLevel.Debug, LogPart, $"a client left before it was accepted: {failure.Message}");
        }
    }

    private void Take(SeqPacketSocket socket)
    {
        socket.SetNonBlocking(true);
        var client = new Client(socket) { LastSeen = ++_clock };
        _clients.Add(client.LastSeen, client);
        _epoll.Add(socket, EpollEvents.EPOLLIN, client.LastSeen);
    }

    private void ResumeAccepting()
    {
        if (_acceptPaused)
        {
            _epoll.Modify(_socket.Listener, EpollEvents.EPOLLIN, ListenerToken);
            _acceptPaused = false;
        }
    }

    /// <returns>Whether the connection goes on.</returns>
    private bool TryAnswer(Client client, IVmControl vm)
    {
        client.LastSeen = ++_clock;
        try
        {
            int length;
            try
            {
                // Descriptors that come along belong to no request; disposing closes them.
                using var message = client.Socket.Receive(_buffer);
                length = message.Length;
            }
            catch (LinuxException failure) when (failure.Errno == Errno.EMSGSIZE)
            {
                client.Socket.Send(ControlJson.Write(ControlResponse.Failed($"a request has at most {ControlJson.MaxMessage} bytes and 32 descriptors")));
                return false;
            }

            return length switch
            {
                SeqPacketSocket.WouldBlock => true,
                0 => false,
                _ => client.Socket.Send(ControlJson.Write(Answer(_buffer.AsSpan(0, length), vm))),
            };
        }
        catch (LinuxException failure)
        {
            Log.Write(LogLevel.Debug, LogPart, $"dropped a client: {failure.Message}");
            return false;
        }
    }

    private static ControlResponse Answer(ReadOnlySpan<byte> packet, IVmControl vm)
    {
        if (!ControlJson.TryReadRequest(packet, out var request))
        {
            return ControlResponse.Failed("""the message is not of the form {"request":"status"}""");
        }

        Log.Write(LogLevel.Debug, LogPart, $"request {request.Request}");
        try
        {
            switch (request.Request)
            {
                case ControlRequest.Stop:
                    vm.Stop();
                    return ControlResponse.Done;
                case ControlRequest.Suspend:
                    vm.Suspend();
                    return ControlResponse.Done;
                case ControlRequest.Resume:
                    vm.Resume();
                    return ControlResponse.Done;
                case ControlRequest.ResizeDisk when request is { Disk: { } disk, Size: { } size }:
                    vm.ResizeDisk(disk, size);
                    return ControlResponse.Done;
                case ControlRequest.ResizeDisk:
                    return ControlResponse.Failed("""the message is not of the form {"request":"disk_resize","disk":0,"size":1073741824}""");
                case ControlRequest.Status:
                    return new ControlResponse { Ok = true, Status = vm.Status };
                case ControlRequest.Version:
                    return new ControlResponse { Ok = true, Version = new ControlVersion(VmmVersion.Text, ControlVersion.CurrentProtocol) };
                default:
                    return ControlResponse.Failed($"unknown request '{OneLine.From(request.Request)}'");
            }
        }
#pragma warning disable CA1031 // Whatever a request runs into is its client's to know; the VM goes on.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return ControlResponse.Failed(FailureReport.For(failure).Line);
        }
    }

    private void Drop(ulong token)
    {
        if (_clients.Remove(token, out var client))
        {
            // Closing takes it out of the epoll set.
            client.Socket.Dispose();
        }
    }

    private sealed record Client(SeqPacketSocket Socket)
    {
        /// <summary>The server's count of events when this client last did something.</summary>
        public ulong LastSeen { get; set; }
    }
}
