using Virtualization.Binder;
using VmPayload.Binder;
using VmPayload.Platform;

namespace VmPayload.Tests.Binder;

/// <summary>The library's server byte by byte (Android libs/binder/RpcWireFormat.h, RpcState.cpp).</summary>
public sealed class RpcServerTests : IDisposable
{
    private readonly long _before = TestService.Live;
    private readonly TestServer _server = new();

    public void Dispose()
    {
        _server.Dispose();
        // Nothing of a session is left when it has ended, however it did; the service and its class aside.
        Assert.Equal(_before, Libc.Live);
        Assert.Equal(1, _server.Service.Destroyed);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    public void A_conversation_is_the_bytes_that_Android_has(uint version)
    {
        using RawPeer peer = _server.Connect();
        peer.Version = version;
        peer.Send(Convert.FromHexString($"0{version}0000000000" + "00000000000000000000" + "6363690000000000"));
        Assert.Equal($"0{version}00000000000000", Convert.ToHexString(peer.Receive(8)));

        peer.Send(Convert.FromHexString("00000000280000000000000000000000" + "0000000000000000" + "01000000" + "00000000" + "0000000000000000" + "00000000" + "000000000000000000000000"));
        Assert.Equal("08000000", Convert.ToHexString(peer.ReceiveReply()));

        peer.Send(Convert.FromHexString("00000000280000000000000000000000" + "0000000000000000" + "00000000" + "00000000" + "0000000000000000" + "00000000" + "000000000000000000000000"));
        Assert.Equal("01000000" + "0300000000000000" + "0C000000", Convert.ToHexString(peer.ReceiveReply()));

        // add(2, 3) of object 0: the token, then the arguments; the status, then the sum.
        byte[] parcel = Convert.FromHexString("0F000000" + "76006D006D002E00740065007300740073002E0049005400650073007400" + "0000" + "02000000" + "03000000");
        Assert.Equal(parcel, RawPeer.Request(RawPeer.Bytes(2, 3)));
        Assert.Equal("00000000" + "05000000", Convert.ToHexString(peer.Call(3, TestService.Add, parcel)));
    }

    [Fact]
    public void A_session_tells_its_identifier_and_takes_more_connections_by_it()
    {
        using RawPeer first = _server.Open();
        byte[] id = first.Call(0, 2, []);
        Assert.Equal(RawPeer.Bytes(32), id[..4]);
        using RawPeer second = _server.Connect();
        second.Send(RawPeer.Bytes(RawPeer.ConnectionHeader(1, id: id[4..]), RawPeer.Init));
        Assert.Equal(first.GetRoot(), second.GetRoot());
        Assert.Equal(2, _server.ConnectionCount);
    }

    [Fact]
    public void A_session_lives_as_long_as_the_last_of_the_connections_that_its_client_closes()
    {
        using RawPeer first = _server.Open();
        byte[] id = first.Call(0, 2, [])[4..];
        using RawPeer second = _server.Connect();
        second.Send(RawPeer.Bytes(RawPeer.ConnectionHeader(1, id: id), RawPeer.Init));
        ulong root = second.GetRoot();

        first.Dispose();
        Assert.True(SpinWait.SpinUntil(() => _server.ConnectionCount == 1, TimeSpan.FromSeconds(10)), "the first connection is still there");

        Assert.Equal(root, second.GetRoot());
        _server.WaitUntilIdle(second);
        using RawPeer late = _server.Connect();
        late.Send(RawPeer.Bytes(RawPeer.ConnectionHeader(1, id: id), RawPeer.Init));
        Assert.True(late.HasEnded());
    }

    [Fact]
    public void A_newer_client_is_answered_with_version_1()
    {
        using RawPeer peer = _server.Connect();
        peer.Send(RawPeer.Bytes(RawPeer.ConnectionHeader(2), RawPeer.Init));
        Assert.Equal(RawPeer.Bytes(1u, 0u), peer.Receive(8));
        Assert.Equal(3ul, peer.GetRoot());
    }

    [Fact]
    public void Objects_say_what_they_are_and_refuse_what_they_are_not()
    {
        using RawPeer peer = _server.Open();
        ulong root = peer.GetRoot();
        Assert.Empty(peer.Call(root, 0x5f504e47, []));
        Assert.Equal(RawPeer.String16(TestService.Descriptor), peer.Call(root, 0x5f4e5446, []));
        Assert.Equal(new byte[8], peer.Call(root, 0x5f455854, []));
        Assert.Empty(peer.Call(root, 0x5f444d50, [], (int)StatusCode.UnknownTransaction));
        Assert.Empty(peer.Call(root, 99, RawPeer.Request([]), (int)StatusCode.UnknownTransaction));
        Assert.Empty(peer.Call(root, TestService.Add, RawPeer.String16("vmm.tests.IOther"), (int)StatusCode.BadType));
        Assert.Empty(peer.Call(root, TestService.Add, RawPeer.Request(RawPeer.Bytes(1)), (int)StatusCode.NotEnoughData));
        Assert.Empty(peer.Call(0, 3, [], (int)StatusCode.UnknownTransaction));
    }

    [Fact]
    public void A_service_specific_error_is_the_status_that_Android_writes()
    {
        using RawPeer peer = _server.Open();
        Assert.Equal(
            RawPeer.Bytes(-8, RawPeer.String16("no such thing"), 0, 42), peer.Call(peer.GetRoot(), TestService.Fail, RawPeer.Request([])));
    }

    [Fact]
    public void A_callback_within_a_call_takes_the_same_connection_and_its_reference_is_given_back()
    {
        using RawPeer peer = _server.Open();
        ulong root = peer.GetRoot();
        peer.Send(RawPeer.Transaction(1, root, TestService.CallBack, RawPeer.Request(RawPeer.Binder(1))));
        (uint command, byte[] body) = peer.ReceiveMessage();
        Assert.Equal(0u, command);
        Assert.Equal(RawPeer.Bytes(1ul, 0x5f4e5446u, 0u, 0ul, 0u, new byte[12]), body);
        peer.Send(RawPeer.Bytes(RawPeer.DecStrong(1, 1), RawPeer.Reply(0, RawPeer.String16(TestService.Descriptor))));
        (command, body) = peer.ReceiveMessage();
        Assert.Equal(0u, command);
        byte[] parcel = RawPeer.Bytes(RawPeer.String16(TestService.Descriptor), RawPeer.ByteArray("called back"u8.ToArray()));
        Assert.Equal(RawPeer.Bytes(1ul, TestService.Echo, 0u, 0ul, parcel.Length, new byte[12], parcel), body);
        peer.Send(RawPeer.Bytes(RawPeer.DecStrong(1, 1), RawPeer.Reply(0, RawPeer.Bytes(0, RawPeer.ByteArray(new byte[7])))));
        peer.ReceiveGiveBack(1);
        peer.ReceiveGiveBack(root);
        Assert.Equal(RawPeer.Bytes(0, 7), peer.ReceiveReply());
    }

    [Fact]
    public void An_object_that_came_often_is_given_back_as_often()
    {
        using RawPeer peer = _server.Open();
        ulong root = peer.GetRoot();
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(RawPeer.Bytes(0), peer.Call(root, TestService.Keep, RawPeer.Request(RawPeer.Binder(1))));
        }

        peer.Send(RawPeer.Transaction(1, root, TestService.Drop, RawPeer.Request([])));
        peer.ReceiveGiveBack(1, 3);
        peer.ReceiveGiveBack(root);
        Assert.Equal(RawPeer.Bytes(0), peer.ReceiveReply());
    }

    [Fact]
    public void An_object_keeps_its_address_when_it_is_sent_again_and_comes_home()
    {
        using RawPeer peer = _server.Open();
        ulong root = peer.GetRoot();
        Assert.Equal(root, peer.GetRoot());
        // The root comes home: the reference to it is given back at once, before the reply.
        peer.Send(RawPeer.Transaction(1, root, TestService.Keep, RawPeer.Request(RawPeer.Binder(root))));
        peer.ReceiveGiveBack(root);
        peer.ReceiveGiveBack(root);
        Assert.Equal(RawPeer.Bytes(0), peer.ReceiveReply());
        Assert.Equal(RawPeer.Bytes(0, RawPeer.Binder(root)), peer.Call(root, TestService.GiveBack, RawPeer.Request([])));
        Assert.Equal(RawPeer.Bytes(0, 0), peer.Call(root, TestService.CallKept, RawPeer.Request([])));
        Assert.Equal(RawPeer.Bytes(0), peer.Call(root, TestService.Drop, RawPeer.Request([])));
    }

    [Fact]
    public void Oneway_calls_run_in_the_order_of_their_numbers_on_whatever_connection_they_come()
    {
        using RawPeer first = _server.Open();
        byte[] id = first.Call(0, 2, [])[4..];
        ulong root = first.GetRoot();
        using RawPeer second = _server.Connect();
        second.Send(RawPeer.Bytes(RawPeer.ConnectionHeader(1, id: id), RawPeer.Init));
        int[] order = [4, 2, 1, 3, 5];
        foreach (int number in order)
        {
            RawPeer peer = (number & 1) == 0 ? first : second;
            peer.Send(RawPeer.Transaction(1, root, TestService.Note, RawPeer.Request(RawPeer.Bytes(number)), flags: 1, number: (ulong)number));
        }

        // A reply behind each of them: they were read.
        first.GetRoot();
        second.GetRoot();
        Assert.Empty(_server.Service.Notes);
        first.Send(RawPeer.Transaction(1, root, TestService.Note, RawPeer.Request(RawPeer.Bytes(0)), flags: 1, number: 0));
        first.ReceiveGiveBack(root, 6);
        first.GetRoot();
        Assert.Equal([0, 1, 2, 3, 4, 5], _server.Service.Notes);
    }

    [Fact]
    public void A_client_that_gives_a_connection_is_called_on_it_outside_of_calls()
    {
        using RawPeer peer = _server.Open();
        byte[] id = peer.Call(0, 2, [])[4..];
        ulong root = peer.GetRoot();
        Assert.Equal(RawPeer.Bytes(0), peer.Call(root, TestService.Keep, RawPeer.Request(RawPeer.Binder(1))));
        using RawPeer reverse = _server.Connect();
        reverse.Send(RawPeer.ConnectionHeader(1, options: 1, id: id));
        Assert.Equal(RawPeer.Init, reverse.Receive(8));
        peer.Send(RawPeer.Transaction(1, root, TestService.CallKept, RawPeer.Request([]), flags: 1));
        (_, byte[] body) = reverse.ReceiveMessage();
        Assert.Equal(RawPeer.Bytes(1ul, 0x5f4e5446u), body[..12]);
        reverse.Send(RawPeer.Bytes(RawPeer.DecStrong(1, 1), RawPeer.Reply((int)StatusCode.PermissionDenied, [])));
        Assert.Equal(2u, reverse.ReceiveMessage().Command);
        peer.GetRoot();
    }

    [Fact]
    public unsafe void A_session_that_ends_while_a_call_is_on_its_way_leaves_nothing_of_it()
    {
        using RawPeer peer = _server.Open();
        byte[] id = peer.Call(0, 2, [])[4..];
        ulong root = peer.GetRoot();
        Assert.Equal(RawPeer.Bytes(0), peer.Call(root, TestService.Keep, RawPeer.Request(RawPeer.Binder(1))));
        using RawPeer reverse = _server.Connect();
        reverse.Send(RawPeer.ConnectionHeader(1, options: 1, id: id));
        Assert.Equal(RawPeer.Init, reverse.Receive(8));
        // What has come on the connection that the call is to take is done first, and that is the end.
        _server.Service.Noted = _server.EndSessions;
        reverse.Send(RawPeer.Transaction(1, root, TestService.Note, RawPeer.Request(RawPeer.Bytes(1)), flags: 1));

        AIBinder* kept = _server.Service.Kept;
        AParcel* data = AParcel.Create(kept->Session);
        StatusCode status = kept->Session->Transact(kept->Node, TestService.Echo, data, TransactionFlags.OneWay, out _);
        AParcel.Delete(data);

        Assert.Equal(StatusCode.DeadObject, status);
        Assert.Equal([1], _server.Service.Notes);
    }

    [Fact]
    public void Without_such_a_connection_a_oneway_call_cannot_call_back()
    {
        using RawPeer peer = _server.Open();
        ulong root = peer.GetRoot();
        Assert.Equal(RawPeer.Bytes(0), peer.Call(root, TestService.Keep, RawPeer.Request(RawPeer.Binder(1))));
        // A oneway call has no reply that the client would wait for: it drops the object, and the reference is given back all the same.
        peer.Send(RawPeer.Transaction(1, root, TestService.CallKept, RawPeer.Request([]), flags: 1, number: 0));
        peer.Send(RawPeer.Transaction(1, root, TestService.Drop, RawPeer.Request([]), flags: 1, number: 1));
        peer.ReceiveGiveBack(root);
        peer.ReceiveGiveBack(1);
        peer.ReceiveGiveBack(root);
        peer.GetRoot();
    }

    [Fact]
    public void Giving_back_the_last_object_ends_the_session()
    {
        using RawPeer peer = _server.Open();
        ulong root = peer.GetRoot();
        peer.GetRoot();
        peer.Send(RawPeer.DecStrong(root, 1));
        peer.GetRoot();
        peer.Send(RawPeer.DecStrong(root, 2));
        Assert.True(peer.HasEnded());
    }

    [Fact]
    public void Calls_within_calls_end_somewhere()
    {
        using RawPeer peer = _server.Open();
        ulong root = peer.GetRoot();
        // Each level asks us who our object is, and is answered with another call.
        int levels = 0;
        peer.Send(RawPeer.Transaction(1, root, TestService.CallBack, RawPeer.Request(RawPeer.Binder(1))));
        while (levels < 1000 && !Ended(peer))
        {
            levels++;
            peer.Send(RawPeer.Transaction(1, root, TestService.CallBack, RawPeer.Request(RawPeer.Binder(1 | ((ulong)levels << 32)))));
        }

        Assert.Equal(VmPayload.Binder.Limits.Depth, levels);
    }

    [Fact]
    public void The_largest_parcel_comes_back_and_a_larger_message_ends_the_session()
    {
        using RawPeer peer = _server.Open();
        ulong root = peer.GetRoot();
        byte[] token = RawPeer.String16(TestService.Descriptor);
        byte[] bytes = new byte[100_000 - 40 - token.Length - 4];
        Random.Shared.NextBytes(bytes);
        Assert.Equal(RawPeer.Bytes(0, RawPeer.ByteArray(bytes)), peer.Call(root, TestService.Echo, RawPeer.Request(RawPeer.ByteArray(bytes))));
        peer.Send(RawPeer.Bytes(0u, 100_001u, 0ul));
        Assert.True(peer.HasEnded());
    }

    [Fact]
    public void Too_many_connections_of_a_session_are_refused()
    {
        using RawPeer peer = _server.Open();
        byte[] id = peer.Call(0, 2, [])[4..];
        List<RawPeer> more = [];
        for (int i = 0; i < VmPayload.Binder.Limits.ServingConnections - 1; i++)
        {
            RawPeer another = _server.Connect();
            more.Add(another);
            another.Send(RawPeer.Bytes(RawPeer.ConnectionHeader(1, id: id), RawPeer.Init));
            another.GetRoot();
        }

        using RawPeer last = _server.Connect();
        last.Send(RawPeer.Bytes(RawPeer.ConnectionHeader(1, id: id), RawPeer.Init));
        Assert.True(last.HasEnded());
        peer.GetRoot();
        more.ForEach(another => another.Dispose());
    }

    [Fact]
    public void Too_many_sessions_are_refused()
    {
        List<RawPeer> peers = [];
        for (int i = 0; i < VmPayload.Binder.Limits.Sessions; i++)
        {
            peers.Add(_server.Open());
        }

        using RawPeer another = _server.Connect();
        another.Send(RawPeer.Bytes(RawPeer.ConnectionHeader(1), RawPeer.Init));
        Assert.True(another.HasEnded());
        peers.ForEach(peer => peer.Dispose());
        _server.WaitUntilIdle();
        _server.Open().Dispose();
    }

    private static bool Ended(RawPeer peer)
    {
        try
        {
            (uint command, _) = peer.ReceiveMessage();
            return command != 0;
        }
        catch (Xunit.Sdk.XunitException)
        {
            return true;
        }
    }
}
