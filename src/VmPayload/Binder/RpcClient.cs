using Virtualization.Binder;
using VmPayload.Platform;

namespace VmPayload.Binder;

/// <summary>The client's side of a session with one connection, without callbacks.</summary>
internal static unsafe class RpcClient
{
    /// <summary>Opens a session with the server at a Unix socket.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="root">What the session begins with, held; it keeps the session.</param>
    /// <returns>False when nobody serves there.</returns>
    internal static bool Connect(ReadOnlySpan<byte> path, out AIBinder* root)
    {
        root = null;
        int socket = Libc.Socket(SocketAbi.AF_UNIX, SocketAbi.SOCK_STREAM | SocketAbi.SOCK_CLOEXEC, 0);
        if (socket < 0)
        {
            return false;
        }

        RpcSession* session = ConnectTo(socket, path) && Greet(socket, out uint version) ? RpcSession.Create(version, null, null) : null;
        if (session == null || session->Add(socket, isServing: false, isOwned: false) == null)
        {
            _ = Libc.Close(socket);
        }
        else
        {
            root = GetRoot(session);
        }

        if (session != null)
        {
            session->Release();
        }

        return root != null;
    }

    private static bool ConnectTo(int socket, ReadOnlySpan<byte> path)
    {
        byte* address = stackalloc byte[sizeof(ushort) + SocketAbi.UnixPathLength];
        new Span<byte>(address, sizeof(ushort) + SocketAbi.UnixPathLength).Clear();
        *(ushort*)address = SocketAbi.AF_UNIX;
        if (path.Length >= SocketAbi.UnixPathLength)
        {
            return false;
        }

        path.CopyTo(new Span<byte>(address + sizeof(ushort), path.Length));
        return Libc.Connect(socket, address, (uint)(sizeof(ushort) + path.Length + 1)) == 0;
    }

    private static bool Greet(int socket, out uint version)
    {
        const int length = RpcWire.ConnectionHeaderSize + RpcWire.ConnectionInitSize;
        byte* greeting = stackalloc byte[length];
        new Span<byte>(greeting, length).Clear();
        *(uint*)greeting = RpcFields.NewestVersion;
        RpcWire.ConnectionInit.CopyTo(new Span<byte>(greeting + RpcWire.ConnectionHeaderSize, RpcWire.ConnectionInitSize));
        byte* response = stackalloc byte[RpcWire.NewSessionResponseSize];
        bool answered = SocketIo.Send(socket, greeting, length) && SocketIo.Receive(socket, response, RpcWire.NewSessionResponseSize);
        version = answered ? *(uint*)response : uint.MaxValue;
        return version <= RpcFields.NewestVersion;
    }

    private static AIBinder* GetRoot(RpcSession* session)
    {
        AIBinder* root = null;
        AParcel* data = AParcel.Create(session);
        if (data != null && session->Transact(null, RpcWire.GetRoot, data, TransactionFlags.None, out AParcel* reply) == StatusCode.Ok)
        {
            _ = reply->ReadStrongBinder(out root);
            AParcel.Delete(reply);
        }

        AParcel.Delete(data);
        return root;
    }
}
