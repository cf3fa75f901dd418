using Kvm.Interop;
using Kvm.Interop.Sockets;
using Virtualization.Binder;
using static Virtualization.Tests.Binder.RawPeer;

namespace Virtualization.Tests.Binder;

/// <summary>What a server must not do ends the client's session with a clear failure.</summary>
public class HostileServerTests
{
    public static TheoryData<string, byte[]> Answers => new()
    {
        { "a reply larger than the limit", Message(1, 100_021, new byte[64]) },
        { "a reply with a short body", Message(1, new byte[19]) },
        { "a reply whose parcel is larger than itself", Reply(new byte[4], dataSize: 5) },
        { "a reply with a table that is no table", Reply(new byte[8], table: [1, 2]) },
        { "a reply with a table that names nothing", Reply(new byte[8], table: [9, 0, 0, 0]) },
        { "a command that there is not", Message(7, new byte[4]) },
        { "a call to an object that the client has not sent", Transact(ClientObject, 1) },
        { "a call to an object of the server", Transact(ServerObject, 1) },
        { "more references given back than there are", DecStrong(ServerObject, 9) },
        { "references to an object that the client has not sent", DecStrong(ClientObject, 1) },
        { "nothing at all", [] },
        { "half a header", Message(1, new byte[20])[..9] },
        { "half a reply", Reply(new byte[8])[..30] },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Ends_the_session(string what, byte[] answer)
    {
        (RpcSession session, RawPeer server) = Open();
        using (session)
        {
            Task<BinderException> call = Task.Run(() => Assert.Throws<BinderException>(() => Call.EchoString(session.Root!, "x")));
            server.Receive(16 + 40);
            server.TrySend(answer);
            server.Dispose();
            BinderException failure = await call.WaitAsync(TimeSpan.FromSeconds(10));
            Assert.Equal(StatusCode.DeadObject, failure.Status);
            Assert.False(session.IsAlive, what);
        }
    }

    public static TheoryData<string, byte[]> Openings => new()
    {
        { "a version that was not asked for", [3, 0, 0, 0, 0, 0, 0, 0] },
        { "no threads", Concat([1, 0, 0, 0, 0, 0, 0, 0], Reply(Int(0))) },
        { "fewer threads than none", Concat([1, 0, 0, 0, 0, 0, 0, 0], Reply(Int(-1))) },
        { "a short session id", Concat([1, 0, 0, 0, 0, 0, 0, 0], Reply(Int(1)), Reply([.. Int(31), .. new byte[32]])) },
        { "a session id that is not there", Concat([1, 0, 0, 0, 0, 0, 0, 0], Reply(Int(1)), Reply(Int(32))) },
        { "a root of the client", Concat([1, 0, 0, 0, 0, 0, 0, 0], Reply(Int(1)), Reply([.. Int(32), .. new byte[32]]), Reply(Object(ClientObject))) },
        { "a root that is a descriptor", Concat([1, 0, 0, 0, 0, 0, 0, 0], Reply(Int(1)), Reply([.. Int(32), .. new byte[32]]), Reply([.. Int(2), .. Int(0)])) },
        { "a root of no stability", Concat([1, 0, 0, 0, 0, 0, 0, 0], Reply(Int(1)), Reply([.. Int(32), .. new byte[32]]), Reply([.. Int(1), .. BitConverter.GetBytes(ServerObject), .. Int(1)])) },
        { "nothing", [] },
    };

    [Theory]
    [MemberData(nameof(Openings))]
    public void Opens_no_session(string what, byte[] answers)
    {
        (StreamConnection client, StreamConnection other) = StreamConnection.CreatePair();
        using RawPeer server = new(other);
        server.Send(answers);
        other.ShutDown();
        Exception failure = Assert.ThrowsAny<Exception>(() => RpcSession.Connect(() => client, new RpcSessionOptions { MaxVersion = 1 }));
        Assert.True(failure is BinderException or LinuxException, $"{what}: {failure}");
    }

    [Fact]
    public void That_gives_more_threads_than_asked_for_gets_no_more_connections()
    {
        (StreamConnection client, StreamConnection other) = StreamConnection.CreatePair();
        using RawPeer server = new(other);
        server.Send([1, 0, 0, 0, 0, 0, 0, 0], Reply(Int(int.MaxValue)), Reply([.. Int(32), .. new byte[32]]), Reply(Object(ServerObject)));
        int connections = 0;
        using RpcSession session = RpcSession.Connect(
            () =>
            {
                connections++;
                return client;
            },
            new RpcSessionOptions { MaxVersion = 1 });
        Assert.Equal(1, connections);
    }

    /// <summary>A client that has opened a session of version 1 with a server that says what it likes.</summary>
    internal static (RpcSession Session, RawPeer Server) Open()
    {
        (StreamConnection client, StreamConnection other) = StreamConnection.CreatePair();
        RawPeer server = new(other);
        server.Send([1, 0, 0, 0, 0, 0, 0, 0], Reply(Int(1)), Reply([.. Int(32), .. new byte[32]]), Reply(Object(ServerObject)));
        RpcSession session = RpcSession.Connect(() => client, new RpcSessionOptions { MaxVersion = 1 });
        server.Receive(16 + 8 + (3 * 56));
        return (session, server);
    }

    private static byte[] Concat(params byte[][] parts) => [.. parts.SelectMany(part => part)];
}
