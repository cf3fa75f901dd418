using Virtualization.Binder;
using static Virtualization.Tests.Binder.RawPeer;

namespace Virtualization.Tests.Binder;

/// <summary>What a client must not do ends its session; another one that began before goes on.</summary>
public class HostileClientTests
{
    public static TheoryData<string, byte[]> Messages => new()
    {
        { "a message of a command that there is not", Message(3, new byte[16]) },
        { "a message of a command that there is not, with no body", Message(0xffffffff) },
        { "a message larger than the limit", Message(0, 100_001, new byte[64]) },
        { "a message as large as a message can say", Message(0, uint.MaxValue, new byte[64]) },
        { "a call with a short body", Message(0, new byte[39]) },
        { "a call with no body", Message(0) },
        { "a reply that nobody asked for", Reply([]) },
        { "references given back with a short body", Message(2, new byte[15]) },
        { "references given back with a long body", Message(2, new byte[17]) },
        { "more references given back than it has", DecStrong(ServerObject, 2) },
        { "as many references given back as can be said", DecStrong(ServerObject, uint.MaxValue) },
        { "references to an object that it was not sent", DecStrong(ServerObject | (7UL << 32), 1) },
        { "references to an object of its own that it has not sent", DecStrong(ClientObject, 1) },
        { "references to address 0", DecStrong(0, 1) },
        { "a call to an object that it was not sent", Transact(ServerObject | (7UL << 32), 1) },
        { "a call to an object of its own", Transact(ClientObject, 1) },
        { "a call to an address that was not created", Transact(ServerObject & ~1UL, 1) },
        { "a parcel that says it is larger than its message", Transact(ServerObject, 1, new byte[8], dataSize: 9) },
        { "a parcel that says it is as large as can be said", Transact(ServerObject, 1, new byte[8], dataSize: uint.MaxValue) },
        { "a table of objects that is no multiple of 4 bytes", Transact(ServerObject, 1, new byte[16], table: [0, 0, 0]) },
        { "a table of objects that names what lies behind the parcel", Transact(ServerObject, 1, new byte[16], table: [16, 0, 0, 0]) },
        { "a table of objects that names the parcel's last bytes", Transact(ServerObject, 1, new byte[16], table: [12, 0, 0, 0]) },
        { "a table of objects that names a position below zero", Transact(ServerObject, 1, new byte[16], table: [255, 255, 255, 255]) },
        { "a table of objects that descends", Transact(ServerObject, 1, new byte[32], table: [8, 0, 0, 0, 4, 0, 0, 0]) },
        { "a table of objects that repeats", Transact(ServerObject, 1, new byte[32], table: [8, 0, 0, 0, 8, 0, 0, 0]) },
        { "an object of the server that the server has not sent", Transact(ServerObject, TestService.Hold, Arguments(Object(ServerObject | (9UL << 32)))) },
        { "an object at an address that was not created", Transact(ServerObject, TestService.Hold, Arguments(Object(0))) },
        { "an object at an address with options that there are not", Transact(ServerObject, TestService.Hold, Arguments(Object(0x81))) },
        { "a oneway call with a number that was used", Concat(Transact(ServerObject, TestService.Note, Arguments(Int(1)), 1), Transact(ServerObject, TestService.Note, Arguments(Int(1)), 1)) },
        { "a oneway call that waits, twice", Concat(Transact(ServerObject, TestService.Note, Arguments(Int(1)), 1, 5), Transact(ServerObject, TestService.Note, Arguments(Int(1)), 1, 5)) },
    };

    [Theory]
    [MemberData(nameof(Messages))]
    public void Ends_its_session_and_no_other(string what, byte[] message)
    {
        using Served served = new(maxThreads: 1);
        using RpcSession good = served.Connect();
        using RawPeer bad = Client(served.Path);
        bad.TrySend(message);
        bad.ExpectEnd();
        Eventually.True(() => served.Server.SessionCount == 1, $"the session ends for {what}");
        Assert.Equal("x", Call.EchoString(good.Root!, "x"));
        Assert.Empty(served.Unhandled);
    }

    [Fact]
    public void A_oneway_queue_without_end_is_ended()
    {
        using Served served = new(limits: new RpcLimits { MaxQueuedOneWay = 100 });
        using RawPeer bad = Client(served.Path);
        for (ulong number = 1; number < 200 && bad.TrySend(Transact(ServerObject, TestService.Note, Arguments(Int(1)), 1, number)); number++)
        {
        }

        bad.ExpectEnd();
        Assert.Empty(served.Service.Notes);
    }

    [Fact]
    public void A_oneway_queue_of_too_many_bytes_is_ended()
    {
        using Served served = new(limits: new RpcLimits { MaxQueuedOneWayBytes = 1 << 20 });
        using RawPeer bad = Client(served.Path);
        for (ulong number = 1; number < 50 && bad.TrySend(Transact(ServerObject, TestService.Note, new byte[90_000], 1, number)); number++)
        {
        }

        bad.ExpectEnd();
    }

    [Fact]
    public void A_gap_in_oneway_calls_is_filled_in_order()
    {
        using Served served = new();
        using RawPeer peer = Client(served.Path);
        foreach (ulong number in (ulong[])[3, 1, 2, 0, 5, 4])
        {
            peer.Send(Transact(ServerObject, TestService.Note, Arguments(Int((int)number)), 1, number));
        }

        Eventually.True(() => served.Service.Notes.Count == 6, "6 notes");
        Assert.Equal(Enumerable.Range(0, 6), served.Service.Notes);
        peer.Expect("02000000 10000000 0000000000000000 0300000000000000 04000000 00000000"); // all four at once, as they were carried out
    }

    [Fact]
    public void Calls_within_calls_without_end_are_ended()
    {
        using Served served = new(maxThreads: 1, limits: new RpcLimits { MaxNesting = 20 });
        using RawPeer bad = Client(served.Path);
        int calls = 0;
        while (calls < 100 && bad.TrySend(Transact(ServerObject, TestService.CallBack, Arguments(Object(ClientObject), Int(1_000_000)))))
        {
            calls++;
            Thread.Sleep(1);
        }

        bad.ExpectEnd();
        using RpcSession good = served.Connect();
        Assert.Equal("x", Call.EchoString(good.Root!, "x"));
    }

    [Fact]
    public void The_default_depth_of_calls_fits_a_threads_stack()
    {
        using Served served = new(maxThreads: 1);
        using RpcSession session = served.Connect();
        Assert.Equal(101, Call.Nest(session.Root!, new TestService(), 100)); // 50 within each other on each side
        Assert.Throws<BinderException>(() => Call.Nest(session.Root!, new TestService(), 1000));
        Eventually.True(() => served.Server.SessionCount == 0, "the session ends");
    }

    [Fact]
    public void A_client_that_stops_in_the_middle_of_a_message_holds_nobody_up()
    {
        using Served served = new(maxThreads: 1);
        using RawPeer bad = Client(served.Path);
        bad.Send(Transact(ServerObject, TestService.EchoString, Arguments())[..30]);
        using RpcSession good = served.Connect();
        Assert.Equal("x", Call.EchoString(good.Root!, "x"));
        Assert.Equal(2, served.Server.SessionCount);
    }

    [Fact]
    public async Task A_client_that_reads_nothing_holds_nobody_up_and_the_server_can_be_disposed()
    {
        using Served served = new(maxThreads: 1);
        using RawPeer bad = Client(served.Path);
        Task flood = Task.Factory.StartNew(
            () =>
            {
                while (bad.TrySend(Transact(ServerObject, TestService.HeavyReply, Arguments(Int(90_000)))))
                {
                }
            },
            TaskCreationOptions.LongRunning);
        Thread.Sleep(100);
        using RpcSession good = served.Connect();
        Assert.Equal("x", Call.EchoString(good.Root!, "x"));
        served.Dispose();
        await flood.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void A_client_that_does_not_say_who_it_is_is_disconnected()
    {
        using Served served = new(handshake: TimeSpan.FromMilliseconds(100));
        using RawPeer silent = Connect(served.Path);
        using RawPeer slow = Connect(served.Path);
        slow.Send(Header(1)[..10]);
        using RawPeer without = Connect(served.Path);
        without.Send(Header(1)); // and no "cci"
        silent.ExpectEnd();
        slow.ExpectEnd();
        without.ExpectEnd();
        Eventually.True(() => served.Server.SessionCount == 0, "no session");
    }

    public static TheoryData<string, byte[]> Beginnings => new()
    {
        { "a session id of another size", Header(1, idSize: 31, id: new byte[31]) },
        { "a session id as long as can be said", Header(1, idSize: 65535) },
        { "a session that there is not", Concat(Header(1, id: new byte[32]), "cci\0\0\0\0\0"u8.ToArray()) },
        { "a session to be called in that it has not opened", Header(1, options: 1) },
        { "descriptors by means that there are not", Header(1, mode: 9) },
        { "descriptors where there are none", Header(1, mode: 1) },
        { "another word than cci", Concat(Header(1), "abc\0\0\0\0\0"u8.ToArray()) },
    };

    [Theory]
    [MemberData(nameof(Beginnings))]
    public void A_connection_that_begins_wrong_is_closed(string what, byte[] beginning)
    {
        using Served served = new();
        using RawPeer bad = Connect(served.Path);
        bad.TrySend(beginning);
        bad.ExpectEnd();
        Eventually.True(() => served.Server.SessionCount == 0, what);
        Assert.Empty(served.Unhandled);
    }

    [Fact]
    public void More_connections_than_threads_are_refused_and_the_session_goes_on()
    {
        using Served served = new(maxThreads: 2);
        using RawPeer first = Client(served.Path);
        first.Send(Transact(0, 2));
        byte[] id = first.Receive(16 + 20 + 4 + 32)[^32..];
        using RawPeer second = Connect(served.Path);
        second.Send(Header(1, id: id), "cci\0\0\0\0\0"u8.ToArray(), Transact(0, 1));
        second.Expect("01000000 18000000 0000000000000000 00000000 04000000 000000000000000000000000 02000000");
        using RawPeer third = Connect(served.Path);
        third.Send(Header(1, id: id), "cci\0\0\0\0\0"u8.ToArray());
        third.ExpectEnd();
        first.Send(Transact(0, 1));
        first.Receive(16 + 24);
        using RawPeer reverse = Connect(served.Path);
        reverse.Send(Header(1, options: 1, id: id));
        reverse.Expect("63636900 00000000");
    }

    [Fact]
    public void A_connection_to_be_called_by_is_taken_before_the_client_is_told_so()
    {
        using Served served = new();
        using RawPeer first = Client(served.Path);
        first.Send(Transact(0, 2));
        byte[] id = first.Receive(16 + 20 + 4 + 32)[^32..];
        List<RawPeer> reverse = [];
        for (int i = 0; i < new RpcServerOptions { Root = _ => served.Service }.MaxReverseConnections; i++)
        {
            reverse.Add(Connect(served.Path));
            reverse[^1].Send(Header(1, options: 1, id: id));
            reverse[^1].Expect("63636900 00000000");
        }

        using RawPeer tooMany = Connect(served.Path);
        tooMany.Send(Header(1, options: 1, id: id));
        Assert.Equal(0, tooMany.ExpectEnd());
        first.Send(Transact(0, 1));
        first.Receive(16 + 24);
        reverse.ForEach(static peer => peer.Dispose());
    }

    [Fact]
    public void A_session_may_only_be_joined_by_whom_it_was_opened_by_and_descriptors_are_the_same_in_all_connections()
    {
        using Served served = new(maxThreads: 2, descriptors: RpcFileDescriptors.Unix);
        using RawPeer first = Client(served.Path);
        first.Send(Transact(0, 2));
        byte[] id = first.Receive(16 + 20 + 4 + 32)[^32..];
        using RawPeer second = Connect(served.Path);
        second.Send(Header(1, mode: 1, id: id), "cci\0\0\0\0\0"u8.ToArray());
        second.ExpectEnd();
    }

    private static byte[] Concat(params byte[][] parts) => [.. parts.SelectMany(part => part)];
}
