using System.Net.Sockets;
using Kvm.Interop.Files;

namespace Vmm.Devices.Serial;

/// <summary>A .NET socket as a non-blocking descriptor; disposing it closes the socket.</summary>
internal sealed class SocketDescriptor : FileDescriptor
{
    private readonly Socket _socket;

    internal SocketDescriptor(Socket socket, string name)
        : base((int)socket.Handle, name)
    {
        _socket = socket;
        socket.Blocking = false;
    }

    protected override bool ReleaseHandle()
    {
        _socket.Dispose();
        return true;
    }
}
