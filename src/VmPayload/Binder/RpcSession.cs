using Virtualization.Binder;
using VmPayload.Platform;

namespace VmPayload.Binder;

/// <summary>
/// What two processes say to each other over their connections (Android libs/binder/RpcSession.cpp, RpcState.cpp): this part is who may use which
/// connection, and the end. Once ended it stays so; what still refers to it gets <see cref="StatusCode.DeadObject"/>.
/// </summary>
internal unsafe partial struct RpcSession
{
    private PthreadMutex _lock;
    private PthreadCondition _free;
    private int _references;
    private bool _ended;
    private uint _version;
    private RpcConnection* _connections;
    private AIBinder* _root;
    private RpcServer* _server;
    private fixed byte _id[RpcWire.SessionIdSize];
    private fixed ulong _byAddress[Buckets];
    private fixed ulong _byBinder[Buckets];
    private int _nodeCount;
    private uint _nextAddress;

    // Nodes whose references have not been given back yet, for want of a connection.
    private RpcNode* _released;
    private int _waitingCalls;
    private int _waitingBytes;

    /// <summary>Of the server's sessions the next; guarded by the server's lock.</summary>
    internal RpcSession* NextOfServer;

    /// <summary>The protocol's version on its connections.</summary>
    internal readonly uint Version => _version;

    /// <summary>Whether this side is the server, which names objects in another way.</summary>
    internal readonly bool IsServer => _server != null;

    internal bool IsAlive
    {
        get
        {
            _lock.Lock();
            bool alive = !_ended;
            _lock.Unlock();
            return alive;
        }
    }

    /// <summary>A session that the caller holds.</summary>
    /// <param name="version">As agreed.</param>
    /// <param name="server">Null: this side is the client.</param>
    /// <param name="root">What a server's clients begin with.</param>
    /// <returns>Null when there is no memory or no random number.</returns>
    internal static RpcSession* Create(uint version, RpcServer* server, AIBinder* root)
    {
        RpcSession* session = (RpcSession*)Libc.Allocate(sizeof(RpcSession));
        if (session == null)
        {
            return null;
        }

        if (server != null && Libc.GetRandom(session->_id, RpcWire.SessionIdSize, 0) != RpcWire.SessionIdSize)
        {
            Libc.Free(session);
            return null;
        }

        session->_references = 1;
        session->_version = version;
        session->_server = server;
        session->_root = root;
        return session;
    }

    /// <summary>Whether a client that says this identifier means this session.</summary>
    internal readonly bool HasId(byte* id)
    {
        // Whoever knows the identifier joins the session, so where it differs is not told by time.
        int difference = 0;
        for (int i = 0; i < RpcWire.SessionIdSize; i++)
        {
            difference |= id[i] ^ _id[i];
        }

        return difference == 0;
    }

    internal void Acquire() => Interlocked.Increment(ref _references);

    internal void Release()
    {
        if (Interlocked.Decrement(ref _references) != 0)
        {
            return;
        }

        // Nobody else has it, so no lock is needed any more.
        End();
        while (_connections != null)
        {
            RpcConnection* connection = _connections;
            _connections = connection->Next;
            RpcConnection.Delete(connection);
        }

        fixed (RpcSession* self = &this)
        {
            Libc.Free(self);
        }
    }

    /// <summary>Makes a socket one of its connections, which closes it from now on.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="isServing">Whether the peer calls through it.</param>
    /// <param name="isOwned">Whether this thread uses it from the start.</param>
    /// <returns>Null when there are too many, it has ended, or there is no memory; the socket is still the caller's then.</returns>
    internal RpcConnection* Add(int socket, bool isServing, bool isOwned)
    {
        RpcConnection* connection = RpcConnection.Create(socket, isServing);
        if (connection == null)
        {
            return null;
        }

        _lock.Lock();
        bool welcome = !_ended && Count(isServing) < (isServing ? Limits.ServingConnections : Limits.CallingConnections);
        if (welcome)
        {
            connection->Owner = isOwned ? Libc.CurrentThread() : 0;
            connection->Next = _connections;
            _connections = connection;
            _free.WakeAll();
        }

        _lock.Unlock();
        if (!welcome)
        {
            Libc.Free(connection);
            return null;
        }

        return connection;
    }

    /// <summary>Makes a socket a connection to call the peer by, and says so to it. A peer that has heard it is called there, so it is one before (as in Android).</summary>
    /// <returns>False when it cannot be one; the socket is still the caller's then.</returns>
    internal bool Offer(int socket)
    {
        RpcConnection* connection = Add(socket, isServing: false, isOwned: true);
        if (connection == null)
        {
            return false;
        }

        fixed (byte* init = RpcWire.ConnectionInit)
        {
            if (connection->Send(init, RpcWire.ConnectionInitSize))
            {
                ReturnConnection(connection, wasOwned: false);
                return true;
            }
        }

        _lock.Lock();
        Remove(connection);
        _lock.Unlock();
        Libc.Free(connection);
        return false;
    }

    /// <summary>Serves what the peer sends on a connection of this thread, until the peer closes it or the session ends; then the connection is closed.</summary>
    internal void Serve(RpcConnection* connection)
    {
        bool isClosed;
        while (ReceiveCommand(connection, out isClosed))
        {
        }

        _lock.Lock();
        Remove(connection);
        bool isLast = Count(isServing: true) == 0;
        _lock.Unlock();
        RpcConnection.Delete(connection);

        // A client that closes its connections one by one may have sent oneway calls by those that have not been read to their end. Otherwise, as in
        // Android, a session is as good as each of its connections.
        if (isLast || !isClosed)
        {
            End();
        }
    }

    /// <summary>Ends it: whoever waits for the peer stops waiting, and what the peer held is given back.</summary>
    internal void End()
    {
        RpcConnection* idle = null;
        _lock.Lock();
        if (_ended)
        {
            _lock.Unlock();
            return;
        }

        _ended = true;
        RpcConnection* next;
        for (RpcConnection* connection = _connections; connection != null; connection = next)
        {
            next = connection->Next;
            if (connection->Owner != 0)
            {
                // Its thread closes it; closed here, its number could already be another's.
                _ = Libc.Shutdown(connection->Socket, SocketAbi.SHUT_RDWR);
            }
            else
            {
                Remove(connection);
                connection->Next = idle;
                idle = connection;
            }
        }

        RpcNode* nodes = TakeLocalNodes();
        RpcNode* proxies = DropSentProxies();
        _free.WakeAll();
        _lock.Unlock();
        while (idle != null)
        {
            next = idle->Next;
            RpcConnection.Delete(idle);
            idle = next;
        }

        FreeLocalNodes(nodes);
        ReleaseSentProxies(proxies);
    }

    // A connection that this thread may send on, until it is returned. Android's order: the one it uses already, the one it is called by, a free one.
    private RpcConnection* AcquireConnection(RpcConnectionUse use, out bool wasOwned, out StatusCode status)
    {
        wasOwned = false;
        nuint self = Libc.CurrentThread();
        RpcConnection* found = null;
        _lock.Lock();
        while (true)
        {
            if (_ended)
            {
                status = StatusCode.DeadObject;
                break;
            }

            RpcConnection* calledBy = null;
            RpcConnection* available = null;
            bool canCall = false;
            for (RpcConnection* connection = _connections; connection != null; connection = connection->Next)
            {
                canCall |= !connection->IsServing;
                if (connection->Owner == self && !connection->IsServing)
                {
                    found = connection;
                }
                else if (connection->Owner == self)
                {
                    calledBy = connection;
                }
                else if (connection->Owner == 0)
                {
                    available = connection;
                }
            }

            bool isWay = calledBy != null && use != RpcConnectionUse.OneWay &&
                (calledBy->AllowsNested || (use == RpcConnectionUse.References && available == null));
            found = found != null ? found : isWay ? calledBy : available;
            if (found != null)
            {
                wasOwned = found->Owner == self;
                found->Owner = self;
                status = StatusCode.Ok;
                break;
            }

            // A client that gave this side no connection can only be called while it waits for a reply.
            if (!canCall || use == RpcConnectionUse.References)
            {
                status = StatusCode.WouldBlock;
                break;
            }

            _free.Wait(ref _lock);
        }

        _lock.Unlock();
        return found;
    }

    // Takes note that the thread uses the connection once less. A connection that is used within a use stays the thread's.
    private void ReturnConnection(RpcConnection* connection, bool wasOwned)
    {
        if (wasOwned)
        {
            return;
        }

        _lock.Lock();
        connection->Owner = 0;
        bool close = _ended;
        if (close)
        {
            Remove(connection);
        }
        else
        {
            _free.WakeAll();
        }

        _lock.Unlock();
        if (close)
        {
            RpcConnection.Delete(connection);
        }
    }

    // Under the lock.
    private readonly int Count(bool isServing)
    {
        int count = 0;
        for (RpcConnection* connection = _connections; connection != null; connection = connection->Next)
        {
            count += connection->IsServing == isServing ? 1 : 0;
        }

        return count;
    }

    // Under the lock.
    private void Remove(RpcConnection* connection)
    {
        if (_connections == connection)
        {
            _connections = connection->Next;
            return;
        }

        for (RpcConnection* before = _connections; before != null; before = before->Next)
        {
            if (before->Next == connection)
            {
                before->Next = connection->Next;
                return;
            }
        }
    }
}
