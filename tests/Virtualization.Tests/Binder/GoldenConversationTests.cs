using Kvm.Interop.Sockets;
using Virtualization.Binder;

namespace Virtualization.Tests.Binder;

/// <summary>Whole conversations, byte for byte: what Android's libbinder says and expects (RpcWireFormat.h, RpcState.cpp).</summary>
public class GoldenConversationTests
{
    private const string Nothing8 = "0000000000000000";
    private const string Nothing12 = "000000000000000000000000";
    private const string Id = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    private const string Root = "0300000000000000";
    private const string GiveBackRoot = $"02000000 10000000 {Nothing8}  {Root} 01000000 00000000";

    /// <summary>The parcel of the call: the token "tok" and 7.</summary>
    private const string Arguments = "0300000074006f006b000000 07000000";

    /// <summary>The parcel of the reply: ok, 8, and the second object of the server.</summary>
    private const string Results = "00000000 08000000  01000000 0300000001000000 0c000000";

    public static TheoryData<uint, string, string, string, string, string> Versions => new()
    {
        // version; replies: threads, session id, root; the reply to the call
        {
            0,
            $"01000000 08000000 {Nothing8}  00000000  01000000",
            $"01000000 28000000 {Nothing8}  00000000  20000000 {Id}",
            $"01000000 14000000 {Nothing8}  00000000  01000000 {Root} 0c000000",
            $"01000000 1c000000 {Nothing8}  00000000  {Results}",
            ""
        },
        {
            1,
            $"01000000 18000000 {Nothing8}  00000000 04000000 {Nothing12}  01000000",
            $"01000000 38000000 {Nothing8}  00000000 24000000 {Nothing12}  20000000 {Id}",
            $"01000000 24000000 {Nothing8}  00000000 10000000 {Nothing12}  01000000 {Root} 0c000000",
            $"01000000 2c000000 {Nothing8}  00000000 18000000 {Nothing12}  {Results}",
            ""
        },
        {
            2,
            $"01000000 18000000 {Nothing8}  00000000 04000000 {Nothing12}  01000000",
            $"01000000 38000000 {Nothing8}  00000000 24000000 {Nothing12}  20000000 {Id}",
            $"01000000 28000000 {Nothing8}  00000000 10000000 {Nothing12}  01000000 {Root} 0c000000  00000000",
            $"01000000 30000000 {Nothing8}  00000000 18000000 {Nothing12}  {Results}  08000000",
            ""
        },
    };

    [Theory]
    [MemberData(nameof(Versions))]
    public void What_a_client_says(uint version, string threads, string id, string root, string result, string none)
    {
        Assert.Empty(none);
        (StreamConnection client, StreamConnection other) = StreamConnection.CreatePair();
        using RawPeer server = new(other);
        server.Send(RawPeer.Bytes($"{version:x2}000000 00000000"), RawPeer.Bytes(threads), RawPeer.Bytes(id), RawPeer.Bytes(root));
        using RpcSession session = RpcSession.Connect(() => client, new RpcSessionOptions { MaxVersion = version });
        server.Expect($"{version:x2}000000 00 00 {Nothing8} 0000  63636900 00000000");
        server.Expect($"00000000 28000000 {Nothing8}  {Nothing8} 01000000 00000000 {Nothing8} 00000000 {Nothing12}");
        server.Expect($"00000000 28000000 {Nothing8}  {Nothing8} 02000000 00000000 {Nothing8} 00000000 {Nothing12}");
        server.Expect($"00000000 28000000 {Nothing8}  {Nothing8} 00000000 00000000 {Nothing8} 00000000 {Nothing12}");

        server.Send(RawPeer.Bytes(GiveBackRoot), RawPeer.Bytes(result));
        using Parcel data = GoldenArguments();
        using Parcel reply = new();
        session.Root!.Transact(1, data, reply);
        server.Expect($"00000000 38000000 {Nothing8}  {Root} 01000000 00000000 {Nothing8} 10000000 {Nothing12}  {Arguments}");
        reply.ReadStatus();
        Assert.Equal(8, reply.ReadInt32());
        BinderProxy second = (BinderProxy)reply.ReadStrongBinder()!;

        for (int number = 0; number < 2; number++)
        {
            session.Root!.Transact(2, data, null, TransactionFlags.OneWay);
            server.Expect($"00000000 38000000 {Nothing8}  {Root} 02000000 01000000 {number:x2}00000000000000 10000000 {Nothing12}  {Arguments}");
        }

        second.Dispose();
        server.Expect($"02000000 10000000 {Nothing8}  0300000001000000 01000000 00000000");
        session.Dispose();
        server.ExpectEnd();
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void What_a_server_says(uint version, string threads, string id, string root, string result, string none)
    {
        Assert.Empty(none);
        GoldenObject served = new();
        using RpcServer server = new(new RpcServerOptions { Root = _ => served });
        (StreamConnection own, StreamConnection other) = StreamConnection.CreatePair();
        server.ServeConnection(own);
        using RawPeer client = new(other);
        client.Send(RawPeer.Bytes($"{version:x2}000000 00 00 {Nothing8} 0000  63636900 00000000"));
        client.Expect($"{version:x2}000000 00000000");
        client.Send(RawPeer.Bytes($"00000000 28000000 {Nothing8}  {Nothing8} 01000000 00000000 {Nothing8} 00000000 {Nothing12}"));
        client.Expect(threads);
        client.Send(RawPeer.Bytes($"00000000 28000000 {Nothing8}  {Nothing8} 02000000 00000000 {Nothing8} 00000000 {Nothing12}"));
        byte[] expected = RawPeer.Bytes(id);
        Assert.Equal(expected[..^32], client.Receive(expected.Length)[..^32]);
        client.Send(RawPeer.Bytes($"00000000 28000000 {Nothing8}  {Nothing8} 00000000 00000000 {Nothing8} 00000000 {Nothing12}"));
        client.Expect(root);

        client.Send(RawPeer.Bytes($"00000000 38000000 {Nothing8}  {Root} 01000000 00000000 {Nothing8} 10000000 {Nothing12}  {Arguments}"));
        client.Expect(GiveBackRoot);
        client.Expect(result);

        // A method that there is not: the reference that the call was comes back, then a status and no parcel.
        client.Send(RawPeer.Bytes($"00000000 28000000 {Nothing8}  {Root} 09000000 00000000 {Nothing8} 00000000 {Nothing12}"));
        client.Expect(GiveBackRoot);
        client.Expect(version == 0 ? $"01000000 04000000 {Nothing8}  b6ffffff" : $"01000000 14000000 {Nothing8}  b6ffffff 00000000 {Nothing12}");

        client.Send(RawPeer.Bytes($"00000000 38000000 {Nothing8}  {Root} 02000000 01000000 {Nothing8} 10000000 {Nothing12}  {Arguments}"));
        client.Expect(GiveBackRoot);

        // What is not used any more is given back; with the last object the session is over.
        client.Send(RawPeer.Bytes($"02000000 10000000 {Nothing8}  0300000001000000 01000000 00000000"));
        client.Send(RawPeer.Bytes(GiveBackRoot));
        client.ExpectEnd();
        Assert.True(served.Released.Wait(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void A_server_speaks_the_version_that_an_older_client_knows_and_its_own_to_a_newer_one()
    {
        using RpcServer server = new(new RpcServerOptions { Root = _ => null });
        foreach ((string asked, string spoken) in (ReadOnlySpan<(string, string)>)[("01000000", "01000000"), ("63000000", "02000000"), ("000000f0", "02000000")])
        {
            (StreamConnection own, StreamConnection other) = StreamConnection.CreatePair();
            server.ServeConnection(own);
            using RawPeer client = new(other);
            client.Send(RawPeer.Bytes($"{asked} 00 00 {Nothing8} 0000  63636900 00000000"));
            client.Expect($"{spoken} 00000000");
        }
    }

    private static Parcel GoldenArguments()
    {
        Parcel data = new();
        data.WriteInterfaceToken("tok");
        data.WriteInt32(7);
        return data;
    }

    private sealed class GoldenObject() : BinderObject("tok")
    {
        internal ManualResetEventSlim Released { get; } = new();

        protected override void OnTransact(uint code, Parcel data, Parcel reply, in CallContext context)
        {
            if (code > 2)
            {
                throw new BinderException(StatusCode.UnknownTransaction);
            }

            data.EnforceInterface("tok");
            reply.WriteStatusOk();
            reply.WriteInt32(data.ReadInt32() + 1);
            if (code == 1)
            {
                reply.WriteStrongBinder(new GoldenObject());
            }
        }

        protected override void OnZeroReferences() => Released.Set();
    }
}
