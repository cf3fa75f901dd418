using Kvm.Interop;
using Kvm.Interop.Files;
using Kvm.Interop.Sockets;

namespace Virtualization.Binder;

/// <summary>What two processes say to each other: their connections, and the objects that they have sent each other.</summary>
public sealed partial class RpcSession : IDisposable
{
    private readonly RpcServer? _server;
    private readonly RpcLimits _limits;
    private readonly Action<Exception>? _unhandled;
    private readonly RpcFileDescriptors _descriptorMode;

    /// <summary>What this side says when it is asked for its threads.</summary>
    private readonly int _maxThreads;
    private byte[] _id = [];
    private readonly Lock _rootGate = new();
    private IBinder? _root;
    private bool _rootAsked;

    private RpcSession(RpcServer? server, uint version, RpcFileDescriptors descriptorMode, int maxThreads, RpcLimits limits, Action<Exception>? unhandled)
    {
        _server = server;
        Version = version;
        _descriptorMode = descriptorMode;
        _maxThreads = maxThreads;
        _limits = limits;
        _unhandled = unhandled;
        Nodes = new RpcNodeTable(limits, server is not null, unhandled);
        _drain = Drain;
    }

    /// <summary>The object that the server begins with, null when it gives none; on the server, null.</summary>
    /// <remarks>Disposing it may be giving the last object of the session back: the server then ends the session.</remarks>
    public IBinder? Root => _server is null ? _root : null;

    /// <summary>The protocol version that both speak.</summary>
    public uint Version { get; private set; }

    internal RpcNodeTable Nodes { get; }

    internal ReadOnlySpan<byte> Id => _id;

    /// <summary>Who opened the session.</summary>
    internal RpcPeer Peer { get; private init; }

    /// <summary>Connects to a server's Unix socket.</summary>
    /// <exception cref="BinderException">The server refused, or is none.</exception>
    /// <exception cref="LinuxException">Nobody listens.</exception>
    /// <exception cref="TimeoutException">It took longer than the options allow.</exception>
    public static RpcSession ConnectUnix(string path, RpcSessionOptions? options = null) =>
        Connect(() => StreamConnection.ConnectUnix(path, options?.ConnectTimeout), options);

    /// <summary>Connects to a server over AF_VSOCK.</summary>
    /// <inheritdoc cref="ConnectUnix"/>
    public static RpcSession ConnectVsock(uint cid, uint port, RpcSessionOptions? options = null) =>
        Connect(() => StreamConnection.ConnectVsock(new VsockAddress(cid, port), options?.ConnectTimeout), options);

    /// <summary>Connects through the other end of a server's bootstrap socket (<see cref="RpcServer.ServeBootstrap"/>), which is taken over.</summary>
    /// <inheritdoc cref="ConnectUnix"/>
    public static RpcSession ConnectBootstrap(FileDescriptor socket, RpcSessionOptions? options = null)
    {
        using StreamConnection bootstrap = StreamConnection.FromDescriptor(socket);
        return Connect(() => BootstrapListener.Connect(bootstrap), options);
    }

    /// <summary>Connects by connections that the caller makes.</summary>
    /// <param name="connect">Makes one connected stream socket, which is taken over; called once for each connection.</param>
    /// <param name="options">What to ask for.</param>
    /// <inheritdoc cref="ConnectUnix"/>
    public static RpcSession Connect(Func<FileDescriptor> connect, RpcSessionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(connect);
        options ??= new RpcSessionOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxOutgoing, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(options.MaxIncoming);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.MaxVersion, RpcWire.LatestVersion);
        RpcSession session = new(null, options.MaxVersion, options.FileDescriptors, options.MaxIncoming, options.Limits, options.UnhandledException);
        try
        {
            session.Open(connect, options);
            return session;
        }
        catch (Exception e)
        {
            session.End(e);
            switch (e)
            {
                case BinderException { InnerException: TimeoutException late }:
                    throw new TimeoutException(late.Message, late);
                case RpcProtocolException or LinuxException { Call: "sendmsg" or "recvmsg" }:
                    throw new BinderException(StatusCode.DeadObject, $"no session: {e.Message}", e);
                default:
                    throw;
            }
        }
    }

    /// <summary>Ends the session: closes its connections; calls under way fail with DeadObject. Waits for its threads, unless called on one of them.</summary>
    public void Dispose()
    {
        End(null);
        JoinThreads();
    }

    internal static RpcSession OfServer(RpcServer server, RpcServerOptions options, uint version, RpcFileDescriptors descriptorMode, byte[] id, in RpcPeer peer) =>
        new(server, version, descriptorMode, options.MaxThreads, options.Limits, options.UnhandledException) { _id = id, Peer = peer };

    internal bool IsDescriptorMode(RpcFileDescriptors mode) => _descriptorMode == mode;

    /// <exception cref="BinderException">FdsNotAllowed.</exception>
    internal void RequireDescriptors()
    {
        if (_descriptorMode == RpcFileDescriptors.None)
        {
            throw new BinderException(StatusCode.FdsNotAllowed, "the session carries no descriptors: both sides must ask for them, over a Unix socket");
        }

        if (Version < RpcWire.ExplicitParcelSize)
        {
            throw new BinderException(StatusCode.FdsNotAllowed, $"the session speaks protocol version {Version}, which carries no descriptors");
        }
    }

    /// <summary>Takes an object from a parcel.</summary>
    /// <exception cref="BinderException">BadValue: its address cannot be; the session has ended for that.</exception>
    internal IBinder EnterBinder(ulong address, out bool created)
    {
        try
        {
            return Nodes.Enter(address, this, out created);
        }
        catch (RpcProtocolException e)
        {
            End(e);
            throw new BinderException(StatusCode.BadValue, e.Message, e);
        }
    }

    /// <summary>Gives an object back that came in a parcel and was not read.</summary>
    internal void GiveBackUnread(ulong address)
    {
        try
        {
            if (EnterBinder(address, out bool created) is BinderProxy proxy && created)
            {
                proxy.Dispose();
            }
        }
        catch (BinderException)
        {
            // The session has ended, or has no room: nothing is to be given back.
        }
    }

    private void Open(Func<FileDescriptor> connect, RpcSessionOptions options)
    {
        RpcConnection first = RpcHandshake.Connect(connect, options.ConnectTimeout, Version, _descriptorMode, _id, incoming: false);
        try
        {
            Version = RpcHandshake.ReadNewSession(first, Version);
        }
        catch
        {
            first.Dispose();
            throw;
        }

        first.CarriesDescriptors = _descriptorMode != RpcFileDescriptors.None;
        AddOutgoing(first);
        int threads = AskMaxThreads();
        _id = AskSessionId();
        for (int i = 1; i < Math.Min(options.MaxOutgoing, threads); i++)
        {
            RpcConnection further = RpcHandshake.Connect(connect, options.ConnectTimeout, Version, _descriptorMode, _id, incoming: false);
            further.SetDeadline(null);
            further.CarriesDescriptors = first.CarriesDescriptors;
            AddOutgoing(further);
        }

        for (int i = 0; i < options.MaxIncoming; i++)
        {
            RpcConnection incoming = RpcHandshake.Connect(connect, options.ConnectTimeout, Version, _descriptorMode, _id, incoming: true);
            try
            {
                RpcHandshake.ReadInit(incoming);
            }
            catch
            {
                incoming.Dispose();
                throw;
            }

            incoming.SetDeadline(null);
            incoming.CarriesDescriptors = first.CarriesDescriptors;
            StartServing(incoming);
        }

        _root = AskRoot();
        first.SetDeadline(null);
    }

    private int AskMaxThreads()
    {
        using Parcel reply = AskSpecial(RpcWire.GetMaxThreads);
        int threads = reply.ReadInt32();
        return threads > 0 ? threads : throw new RpcProtocolException($"the server says that it has {threads} threads");
    }

    private byte[] AskSessionId()
    {
        using Parcel reply = AskSpecial(RpcWire.GetSessionId);
        byte[] id = reply.ReadByteArray();
        return id.Length == RpcWire.SessionIdSize ? id : throw new RpcProtocolException($"the server gives a session id of {id.Length} bytes");
    }

    private IBinder? AskRoot()
    {
        using Parcel reply = AskSpecial(RpcWire.GetRoot);
        return reply.ReadStrongBinder();
    }

    private Parcel AskSpecial(uint code)
    {
        using Parcel data = new();
        Parcel reply = new();
        try
        {
            TransactSpecial(code, data, reply);
            return reply;
        }
        catch
        {
            reply.Dispose();
            throw;
        }
    }

    /// <summary>The object that this session begins with.</summary>
    private IBinder? GetRoot(in CallContext context)
    {
        if (_server is null)
        {
            throw new BinderException(StatusCode.UnknownTransaction);
        }

        lock (_rootGate)
        {
            if (!_rootAsked)
            {
                _root = _server.Options.Root(context);
                _rootAsked = true;
            }
        }

        return _root;
    }
}
