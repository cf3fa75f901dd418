using VmPayload.Binder;

namespace VmPayload.Tests.Binder;

/// <summary>The library's server, to which a test connects with its own end of a socket pair.</summary>
internal sealed unsafe class TestServer : IDisposable
{
    private readonly RpcServer* _server;

    internal TestServer()
    {
        Service = new TestService();
        _server = RpcServer.Create(Service.Binder);
    }

    internal TestService Service { get; }

    internal int ConnectionCount => _server->ConnectionCount;

    internal void EndSessions() => _server->End();

    internal void Accept(int socket) => _server->Accept(socket);

    /// <summary>A new connection to it.</summary>
    internal RawPeer Connect()
    {
        (int ours, int theirs) = RawPeer.CreatePair();
        _server->Accept(theirs);
        return new RawPeer(ours);
    }

    /// <summary>A connection that has opened a session of a version.</summary>
    internal RawPeer Open(uint version = 1)
    {
        RawPeer peer = Connect();
        peer.Version = version;
        peer.Send(RawPeer.ConnectionHeader(version));
        peer.Send(RawPeer.Init);
        Assert.Equal(RawPeer.Bytes(version, 0u), peer.Receive(8));
        return peer;
    }

    internal void WaitUntilIdle(RawPeer leaving)
    {
        leaving.Dispose();
        WaitUntilIdle();
    }

    internal void WaitUntilIdle() => Assert.True(SpinWait.SpinUntil(() => ConnectionCount == 0, TimeSpan.FromSeconds(10)), "a connection is still there");

    /// <summary>Ends it. What it held is given back then, and it is seen whether that was all.</summary>
    public void Dispose()
    {
        EndSessions();
        WaitUntilIdle();
        // The server's own reference: those of payloads never end.
        AIBinder.Release(Service.Binder);
        Platform.Libc.Free(_server);
        Service.Dispose();
    }
}
