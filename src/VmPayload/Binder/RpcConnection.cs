using VmPayload.Platform;

namespace VmPayload.Binder;

/// <summary>A socket of a session. Which thread uses it is guarded by the session's lock; only that thread reads and writes it.</summary>
internal unsafe struct RpcConnection
{
    internal int Socket;

    /// <summary>The thread that uses it; 0: none.</summary>
    internal nuint Owner;

    /// <summary>The peer calls through it, and a thread here waits for that; otherwise this side calls.</summary>
    internal bool IsServing;

    /// <summary>The peer waits for a reply on it, so that calls within the call can take the same way.</summary>
    internal bool AllowsNested;

    /// <summary>Calls within calls that run on it now.</summary>
    internal int Depth;

    internal RpcConnection* Next;

    internal static RpcConnection* Create(int socket, bool isServing)
    {
        RpcConnection* connection = (RpcConnection*)Libc.Allocate(sizeof(RpcConnection));
        if (connection != null)
        {
            connection->Socket = socket;
            connection->IsServing = isServing;
        }

        return connection;
    }

    internal static void Delete(RpcConnection* connection)
    {
        _ = Libc.Close(connection->Socket);
        Libc.Free(connection);
    }

    internal readonly bool Send(void* data, int length) => SocketIo.Send(Socket, data, length);

    internal readonly bool Receive(void* data, int length) => SocketIo.Receive(Socket, data, length);

    internal readonly bool Receive(void* data, int length, out bool isClosed) => SocketIo.Receive(Socket, data, length, out isClosed);

    /// <summary>Whether something has come that nobody has read.</summary>
    internal readonly bool HasData
    {
        get
        {
            byte first;
            return Libc.Receive(Socket, &first, 1, SocketAbi.MSG_PEEK | SocketAbi.MSG_DONTWAIT) == 1;
        }
    }
}
