using Virtualization.Binder;
using VmPayload.Platform;

namespace VmPayload.Binder;

/// <summary>Takes connections from a listening socket, each on a thread of its own, and makes sessions of them. It lives as long as the process.</summary>
internal unsafe struct RpcServer
{
    private PthreadMutex _lock;
    private AIBinder* _root;
    private RpcSession* _sessions;
    private int _sessionCount;
    private int _connectionCount;

    /// <summary>Connections that it has now.</summary>
    internal int ConnectionCount
    {
        get
        {
            _lock.Lock();
            int count = _connectionCount;
            _lock.Unlock();
            return count;
        }
    }

    /// <summary>A server of an object, which it holds.</summary>
    /// <returns>Null when there is no memory.</returns>
    internal static RpcServer* Create(AIBinder* root)
    {
        RpcServer* server = (RpcServer*)Libc.Allocate(sizeof(RpcServer));
        if (server != null)
        {
            AIBinder.Acquire(root);
            server->_root = root;
        }

        return server;
    }

    /// <summary>Serves a connection, whose peer was found acceptable, on a new thread. The socket is closed when it is done or cannot be done.</summary>
    internal void Accept(int socket)
    {
        Arrival* arrival = null;
        _lock.Lock();
        if (_connectionCount < Limits.Connections)
        {
            arrival = (Arrival*)Libc.Allocate(sizeof(Arrival));
            _connectionCount += arrival == null ? 0 : 1;
        }

        _lock.Unlock();
        if (arrival == null)
        {
            _ = Libc.Close(socket);
            return;
        }

        arrival->Socket = socket;
        fixed (RpcServer* self = &this)
        {
            arrival->Server = self;
        }

        if (!Libc.StartThread(&Run, arrival))
        {
            _ = Libc.Close(socket);
            Libc.Free(arrival);
            Forget();
        }
    }

    /// <summary>Ends all sessions.</summary>
    internal void End()
    {
        while (true)
        {
            _lock.Lock();
            RpcSession* session = _sessions;
            if (session != null)
            {
                session->Acquire();
            }

            _lock.Unlock();
            if (session == null)
            {
                return;
            }

            session->End();
            Remove(session);
            session->Release();
        }
    }

    private static void Run(void* argument)
    {
        Arrival* arrival = (Arrival*)argument;
        RpcServer* server = arrival->Server;
        int socket = arrival->Socket;
        Libc.Free(arrival);
        SocketIo.SetPatience(socket, Limits.HandshakeSeconds);
        byte* header = stackalloc byte[RpcWire.ConnectionHeaderSize + RpcWire.SessionIdSize];
        if (!SocketIo.Receive(socket, header, RpcWire.ConnectionHeaderSize) || !server->Greet(socket, header))
        {
            _ = Libc.Close(socket);
        }

        server->Forget();
    }

    // False: the connection is of no use and still the caller's.
    private bool Greet(int socket, byte* header)
    {
        uint asked = *(uint*)header;
        bool incoming = (header[RpcWire.OptionsOffset] & RpcWire.IncomingOption) != 0;
        ushort idLength = *(ushort*)(header + RpcWire.SessionIdSizeOffset);
        if (header[RpcWire.DescriptorModeOffset] != 0)
        {
            // Asked for a way to send descriptors, which there is not.
            return false;
        }

        if (idLength == 0)
        {
            return !incoming && Open(socket, Math.Min(asked, RpcFields.NewestVersion));
        }

        byte* id = header + RpcWire.ConnectionHeaderSize;
        return idLength == RpcWire.SessionIdSize && SocketIo.Receive(socket, id, RpcWire.SessionIdSize) && Join(socket, id, incoming);
    }

    private bool Open(int socket, uint version)
    {
        RpcSession* session;
        fixed (RpcServer* self = &this)
        {
            session = RpcSession.Create(version, self, _root);
        }

        if (session == null)
        {
            return false;
        }

        // One reference is this thread's, the other the list's.
        session->Acquire();
        _lock.Lock();
        bool welcome = _sessionCount < Limits.Sessions;
        if (welcome)
        {
            session->NextOfServer = _sessions;
            _sessions = session;
            _sessionCount++;
        }

        _lock.Unlock();
        if (!welcome)
        {
            session->Release();
            session->Release();
            return false;
        }

        byte* response = stackalloc byte[RpcWire.NewSessionResponseSize];
        *(ulong*)response = version;
        bool taken = SocketIo.Send(socket, response, RpcWire.NewSessionResponseSize) && Serve(socket, session);
        if (!taken)
        {
            session->End();
        }

        Leave(session);
        return taken;
    }

    private bool Join(int socket, byte* id, bool incoming)
    {
        _lock.Lock();
        RpcSession* session = _sessions;
        while (session != null && !session->HasId(id))
        {
            session = session->NextOfServer;
        }

        if (session != null)
        {
            session->Acquire();
        }

        _lock.Unlock();
        if (session == null)
        {
            return false;
        }

        if (incoming)
        {
            SocketIo.SetPatience(socket, 0);
        }

        bool taken = incoming ? session->Offer(socket) : Serve(socket, session);
        Leave(session);
        return taken;
    }

    // False: the client did not say what it must, and the socket is still the caller's.
    private static bool Serve(int socket, RpcSession* session)
    {
        byte* init = stackalloc byte[RpcWire.ConnectionInitSize];
        if (!SocketIo.Receive(socket, init, RpcWire.ConnectionInitSize) ||
            !new ReadOnlySpan<byte>(init, 4).SequenceEqual(RpcWire.ConnectionInit[..4]))
        {
            return false;
        }

        SocketIo.SetPatience(socket, 0);
        RpcConnection* connection = session->Add(socket, isServing: true, isOwned: true);
        if (connection == null)
        {
            return false;
        }

        session->Serve(connection);
        return true;
    }

    // A thread is done with a session: whichever finds it ended takes it from the list.
    private void Leave(RpcSession* session)
    {
        if (!session->IsAlive)
        {
            Remove(session);
        }

        session->Release();
    }

    private void Remove(RpcSession* session)
    {
        _lock.Lock();
        RpcSession* found = null;
        if (_sessions == session)
        {
            found = session;
            _sessions = session->NextOfServer;
        }

        for (RpcSession* before = _sessions; before != null && found == null; before = before->NextOfServer)
        {
            if (before->NextOfServer == session)
            {
                found = session;
                before->NextOfServer = session->NextOfServer;
            }
        }

        _sessionCount -= found == null ? 0 : 1;
        _lock.Unlock();
        if (found != null)
        {
            found->Release();
        }
    }

    private void Forget()
    {
        _lock.Lock();
        _connectionCount--;
        _lock.Unlock();
    }

    private struct Arrival
    {
        internal RpcServer* Server;
        internal int Socket;
    }
}
