using System.Diagnostics;
using Kvm.Interop;
using Kvm.Interop.Events;
using Kvm.Interop.Processes;
using Kvm.Interop.Sockets;
using Vmm.CommandLine;
using Vmm.Logging;
using Vmm.Outcome;

namespace Vmm.Control;

/// <summary>
/// Answers requests on a VM's control sockets (SOCK_SEQPACKET, one JSON message a packet) with a thread of its own.
/// </summary>
/// <remarks>
/// No client can hold up the VM or another client: sockets never block, each ready client has one request taken in turn, a client that does
/// not read its answers is dropped when the kernel's buffer for it is full, and an answer that has to come from the guest is looked for, not
/// waited for. There may be as many clients as half of the process's descriptors; one more is told so.
/// </remarks>
public sealed class ControlServer : IDisposable
{
    private const string LogPart = "control";
    private const ulong WakeToken = 0;
    private const ulong FirstClientToken = 16; // those between are listeners'
    private const int LookMilliseconds = 100; // how late a limit is noticed

    private static readonly TimeSpan s_joinTime = TimeSpan.FromSeconds(5);

    private readonly List<ControlSocket> _sockets = [];
    private readonly Epoll _epoll = new();
    private readonly EventFd _wake = new("control socket wake-up");
    private readonly Dictionary<ulong, ControlConnection> _clients = [];
    private readonly HashSet<ulong> _waiting = [];
    private readonly byte[] _buffer = new byte[ControlJson.MaxMessage];
    private ulong _nextToken = FirstClientToken;
    private bool _acceptPaused;
    private volatile bool _stopping;
    private IVmControl? _vm;
    private Thread? _thread;

    /// <summary>A server without a place; <see cref="Add"/> gives it some.</summary>
    public ControlServer()
    {
        _epoll.Add(_wake, EpollEvents.EPOLLIN, WakeToken);
    }

    /// <summary>The most clients at a time.</summary>
    public int MaxClients { get; init; } = Math.Max(16, DescriptorLimit.Current / 2);

    /// <summary>Takes the place that <c>--socket</c> names. Clients can connect from now on; they are answered after <see cref="Start"/>.</summary>
    /// <exception cref="VmmException">Another VM listens there, or the place cannot be used.</exception>
    public static ControlServer Listen(string path)
    {
        var server = new ControlServer();
        try
        {
            server.Add(ControlSocket.Open(path));
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>Starts to answer.</summary>
    /// <param name="vm">Whom for; it outlives this object.</param>
    /// <param name="prepare">Runs first on the server's thread, beside the VM's start: what is not needed for it. It does not throw.</param>
    public void Start(IVmControl vm, Action<ControlServer>? prepare = null)
    {
        ArgumentNullException.ThrowIfNull(vm);
        _vm = vm;
        if (vm.Balloon is { } balloon)
        {
            balloon.Changed = _wake.Signal;
        }

        _thread = new Thread(() =>
        {
            prepare?.Invoke(this);
            Serve(vm);
        })
        {
            IsBackground = true,
            Name = "control",
        };
        _thread.Start();
    }

    /// <summary>Answers at one more place, which is this object's from now on. Before <see cref="Start"/>, or while it prepares.</summary>
    internal void Add(ControlSocket socket)
    {
        _sockets.Add(socket);
        _epoll.Add(socket.Listener, EpollEvents.EPOLLIN, (ulong)_sockets.Count);
        if (socket.FirstClient is { } waiting)
        {
            Take(waiting);
        }
    }

    /// <summary>Stops answering, closes every connection and removes the sockets' files.</summary>
    public void Dispose()
    {
        if (_stopping)
        {
            return;
        }

        if (_vm?.Balloon is { } balloon)
        {
            balloon.Changed = null;
        }

        _stopping = true;
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

        _sockets.ForEach(static socket => socket.Dispose());
    }

    private void Serve(IVmControl vm)
    {
        Span<EpollEntry> ready = new EpollEntry[16];
        while (true)
        {
            var timeout = _waiting.Count > 0 ? LookMilliseconds : _acceptPaused ? 1000 : -1;
            foreach (var entry in ready[.._epoll.Wait(ready, timeout)])
            {
                if (entry.Token == WakeToken)
                {
                    _wake.TryConsume();
                }
                else if (entry.Token < FirstClientToken)
                {
                    Accept(_sockets[(int)entry.Token - 1].Listener);
                }
                else if (_clients.TryGetValue(entry.Token, out var client) && (client.Pending is not null || !TryServe(client, vm)))
                {
                    // One that waits for its answer is watched for its end only.
                    Drop(client);
                }
            }

            if (_stopping)
            {
                return;
            }

            LookForAnswers();
            ResumeAccepting();
        }
    }

    private void Accept(SeqPacketSocket listener)
    {
        try
        {
            if (listener.Accept() is not { } socket)
            {
                return;
            }

            if (_clients.Count < MaxClients)
            {
                Take(socket);
                return;
            }

            using (socket)
            {
                socket.SetNonBlocking(true);
                socket.Send(ControlJson.Write(ControlResponse.Failed($"the VM has {_clients.Count} clients already; end some of them")));
            }
        }
        catch (LinuxException failure) when (failure.Errno is Errno.EMFILE or Errno.ENFILE or Errno.ENOMEM or Errno.ENOBUFS)
        {
            // The client stays in the queue, so the listener stays readable: look away for a while instead of spinning.
            Log.Write(LogLevel.Warn, LogPart, $"cannot accept a client: {failure.Message}");
            WatchListeners(EpollEvents.None);
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
        var client = new ControlConnection(_nextToken++, socket);
        _clients.Add(client.Token, client);
        _epoll.Add(socket, EpollEvents.EPOLLIN, client.Token);
    }

    private void ResumeAccepting()
    {
        if (_acceptPaused)
        {
            WatchListeners(EpollEvents.EPOLLIN);
            _acceptPaused = false;
        }
    }

    private void WatchListeners(EpollEvents events)
    {
        for (var i = 0; i < _sockets.Count; i++)
        {
            _epoll.Modify(_sockets[i].Listener, events, (ulong)i + 1);
        }
    }

    /// <returns>Whether the connection goes on.</returns>
    private bool TryServe(ControlConnection client, IVmControl vm)
    {
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

            if (length is SeqPacketSocket.WouldBlock or 0)
            {
                return length != 0;
            }

            var answer = Answer(_buffer.AsSpan(0, length), vm, out var pending);
            if (pending is null)
            {
                return client.Socket.Send(ControlJson.Write(answer));
            }

            client.Pending = pending;
            client.Deadline = Stopwatch.GetTimestamp() + (long)(pending.Limit.TotalSeconds * Stopwatch.Frequency);
            _waiting.Add(client.Token);
            _epoll.Modify(client.Socket, EpollEvents.None, client.Token);
            return true;
        }
        catch (LinuxException failure)
        {
            Log.Write(LogLevel.Debug, LogPart, $"dropped a client: {failure.Message}");
            return false;
        }
    }

    private void LookForAnswers()
    {
        if (_waiting.Count == 0)
        {
            return;
        }

        foreach (var token in _waiting.ToArray())
        {
            var client = _clients[token];
            var late = Stopwatch.GetTimestamp() >= client.Deadline;
            if ((client.Pending!.Look() ?? (late ? client.Pending.Late() : null)) is { } answer)
            {
                _waiting.Remove(token);
                client.Pending = null;
                TrySendLate(client, answer);
            }
        }
    }

    private void TrySendLate(ControlConnection client, ControlResponse answer)
    {
        try
        {
            _epoll.Modify(client.Socket, EpollEvents.EPOLLIN, client.Token);
            if (client.Socket.Send(ControlJson.Write(answer)))
            {
                return;
            }
        }
        catch (LinuxException failure)
        {
            Log.Write(LogLevel.Debug, LogPart, $"dropped a client: {failure.Message}");
        }

        Drop(client);
    }

    private static ControlResponse Answer(ReadOnlySpan<byte> packet, IVmControl vm, out PendingAnswer? pending)
    {
        pending = null;
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
                case ControlRequest.ResizeDisk:
                    pending = DiskRequests.Resize(vm, request);
                    return ControlResponse.Done;
                case ControlRequest.Status:
                    return new ControlResponse { Ok = true, Status = vm.Status };
                case ControlRequest.Version:
                    return new ControlResponse { Ok = true, Version = new ControlVersion(VmmVersion.Text, ControlVersion.CurrentProtocol) };
                case ControlRequest.Balloon:
                    pending = BalloonRequests.SetSize(vm, request);
                    return ControlResponse.Done;
                case ControlRequest.BalloonStats:
                    pending = BalloonRequests.AskStatistics(vm);
                    return ControlResponse.Done;
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

    private void Drop(ControlConnection client)
    {
        _waiting.Remove(client.Token);
        _clients.Remove(client.Token);
        // Closing takes it out of the epoll set.
        client.Socket.Dispose();
    }
}
