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
    /// <exception cref="VmmException">No VM listens at this path, or it may not be used.</exception>
    public static ControlClient Connect(string path)
    {
        try
        {
            return new ControlClient(SeqPacketSocket.Connect(path), path);
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
        try
        {
            _socket.Send(ControlJson.Write(request));
            if (!_socket.WaitReadable((int)timeout.TotalMilliseconds))
            {
                throw new VmmException($"the VM at {_path} does not answer");
            }

            using var message = _socket.Receive(_buffer);
            return message.Length == 0
                ? throw new VmmException($"the VM at {_path} closed the connection without an answer")
                : ControlJson.ReadResponse(_buffer.AsSpan(0, message.Length)) ?? throw new VmmException($"{_path} is not the control socket of a vmm");
        }
        catch (LinuxException failure)
        {
            throw new VmmException($"lost the connection to {_path}: {Marshal.GetPInvokeErrorMessage(failure.Errno)}", cause: failure);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
