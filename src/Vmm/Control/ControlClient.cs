using System.Runtime.InteropServices;
using Kvm.Interop;
using Kvm.Interop.Sockets;
using Vmm.Outcome;

namespace Vmm.Control;

/// <summary>A connection to a running VM's control socket.</summary>
public sealed class ControlClient : IDisposable
{
    private readonly SeqPacketSocket _socket;
    private readonly string _path;
    private readonly byte[] _buffer = new byte[ControlJson.MaxMessage];

    private ControlClient(SeqPacketSocket socket, string path) => (_socket, _path) = (socket, path);

    /// <summary>Connects.</summary>
    /// <param name="path">The socket.</param>
    /// <param name="block">Wait where many others are waiting to be let in; otherwise that is an error.</param>
    /// <exception cref="VmmException">No VM listens at this path, or it may not be used.</exception>
    public static ControlClient Connect(string path, bool block = true)
    {
        try
        {
            return new ControlClient(SeqPacketSocket.Connect(path, block), path);
        }
        catch (LinuxException failure)
        {
            throw new VmmException(
                failure.Errno switch
                {
                    Errno.ENOENT => $"no VM at {path}: there is no such socket",
                    Errno.ECONNREFUSED => $"no VM at {path}: nobody listens there any more",
                    Errno.EPROTOTYPE => $"no VM at {path}: it is another program's socket",
                    _ => $"cannot connect to {path}: {Marshal.GetPInvokeErrorMessage(failure.Errno)}",
                },
                cause: failure);
        }
        catch (ArgumentException)
        {
            throw new VmmException($"no VM at {path}: the path is empty or longer than a socket's can be");
        }
    }

    /// <summary>Sends a request and waits for its answer.</summary>
    /// <exception cref="VmmException">No answer came in time, or the other side does not speak this protocol.</exception>
    public ControlResponse Send(ControlRequest request, TimeSpan timeout)
    {
        Ask(request);
        return Receive(timeout);
    }

    /// <summary>Sends a request, whose answer <see cref="Receive"/> waits for.</summary>
    /// <exception cref="VmmException">The connection is lost.</exception>
    public void Ask(ControlRequest request)
    {
        try
        {
            _socket.Send(ControlJson.Write(request));
        }
        catch (LinuxException closed) when (closed.Errno == Errno.EPIPE)
        {
            // A server that has no room for another client says so before it hangs up: that is the answer.
        }
        catch (LinuxException failure)
        {
            throw Lost(failure);
        }
    }

    /// <summary>Waits for the answer to the oldest request without one.</summary>
    /// <exception cref="VmmException">No answer came in time, or the other side does not speak this protocol.</exception>
    public ControlResponse Receive(TimeSpan timeout)
    {
        try
        {
            if (!_socket.WaitReadable((int)timeout.TotalMilliseconds))
            {
                throw new VmmException($"the VM at {_path} does not answer");
            }

            using var message = ReceiveLast();
            return message.Length <= 0
                ? throw new VmmException($"the VM at {_path} closed the connection without an answer")
                : ControlJson.ReadResponse(_buffer.AsSpan(0, message.Length)) ?? throw new VmmException($"{_path} is not the control socket of a vmm");
        }
        catch (LinuxException failure)
        {
            throw Lost(failure);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    /// <summary>Receives a message, also one that the server sent before it hung up on a request that it had not read.</summary>
    private ReceivedMessage ReceiveLast()
    {
        try
        {
            return _socket.Receive(_buffer);
        }
        catch (LinuxException reset) when (reset.Errno == Errno.ECONNRESET)
        {
            // Linux tells of the reset first and once.
            return _socket.Receive(_buffer);
        }
    }

    private VmmException Lost(LinuxException failure) =>
        new($"lost the connection to {_path}: {Marshal.GetPInvokeErrorMessage(failure.Errno)}", cause: failure);
}
