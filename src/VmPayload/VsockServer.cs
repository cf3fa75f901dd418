using VmPayload.Binder;
using VmPayload.Platform;

namespace VmPayload;

/// <summary>The payload's server, which the host reaches by vsock.</summary>
internal static unsafe class VsockServer
{
    // Connections that wait to be accepted.
    private const int Backlog = 128;
    private const uint PauseMicroseconds = 100_000;

    /// <summary>Listens, tells that it does, and serves for ever.</summary>
    internal static void Run(AIBinder* service, uint port, delegate*<void*, void> onReady, void* parameter)
    {
        if (service == null || service->IsRemote)
        {
            Panic.Stop("AVmPayload_runVsockRpcServer: the service is no object of this process"u8);
        }

        RpcServer* server = RpcServer.Create(service);
        int listener = Listen(port);
        if (server == null || listener < 0)
        {
            Panic.Stop("AVmPayload_runVsockRpcServer: no vsock socket could be made to listen on the port; it may be in use"u8);
        }

        if (onReady != null)
        {
            onReady(parameter);
        }

        while (true)
        {
            Accept(server, listener);
        }
    }

    private static int Listen(uint port)
    {
        int listener = Libc.Socket(SocketAbi.AF_VSOCK, SocketAbi.SOCK_STREAM | SocketAbi.SOCK_CLOEXEC, 0);
        uint* address = stackalloc uint[SocketAbi.VsockAddressLength / sizeof(uint)];
        SetAddress(address, SocketAbi.VMADDR_CID_ANY, port);
        if (listener >= 0 && Libc.Bind(listener, address, SocketAbi.VsockAddressLength) == 0 && Libc.Listen(listener, Backlog) == 0)
        {
            return listener;
        }

        return -1;
    }

    private static void Accept(RpcServer* server, int listener)
    {
        uint* address = stackalloc uint[SocketAbi.VsockAddressLength / sizeof(uint)];
        SetAddress(address, 0, 0);
        uint length = SocketAbi.VsockAddressLength;
        int socket = Libc.Accept(listener, address, &length, SocketAbi.SOCK_CLOEXEC);
        if (socket >= 0)
        {
            // Only the host: not another program of the guest by the loopback, not a sibling VM.
            if ((ushort)address[0] == SocketAbi.AF_VSOCK && address[2] == SocketAbi.VMADDR_CID_HOST)
            {
                server->Accept(socket);
            }
            else
            {
                _ = Libc.Close(socket);
            }

            return;
        }

        int error = Libc.Errno;
        if (error is SocketAbi.EMFILE or SocketAbi.ENFILE or SocketAbi.ENOMEM or SocketAbi.ENOBUFS)
        {
            // Until a connection ends.
            _ = Libc.SleepMicroseconds(PauseMicroseconds);
        }
        else if (error is not (SocketAbi.EINTR or SocketAbi.ECONNABORTED or SocketAbi.EPROTO))
        {
            Panic.Stop("AVmPayload_runVsockRpcServer: the socket accepts no connections any more"u8);
        }
    }

    // struct sockaddr_vm
    private static void SetAddress(uint* address, uint cid, uint port)
    {
        address[0] = SocketAbi.AF_VSOCK;
        address[1] = port;
        address[2] = cid;
        address[3] = 0;
    }
}
