using VmPayload.Platform;

namespace VmPayload.Tests.Binder;

/// <summary>What no client of good will sends: it ends that client's session, and another client does not notice.</summary>
public sealed class HostilePeerTests : IDisposable
{
    private const ulong Root = 3;
    private static readonly Dictionary<string, byte[]> s_badGreetings = new()
    {
        { "a new session by which the server would call", RawPeer.Bytes(RawPeer.ConnectionHeader(1, options: 1), RawPeer.Init) },
        { "descriptors", RawPeer.Bytes(RawPeer.ConnectionHeader(1, descriptors: 1), RawPeer.Init) },
        { "an identifier of 31 bytes", RawPeer.Bytes(RawPeer.ConnectionHeader(1, id: new byte[31]), RawPeer.Init) },
        { "an identifier of 65535 bytes", RawPeer.Bytes(RawPeer.ConnectionHeader(1, id: new byte[65535]), RawPeer.Init) },
        { "an identifier that is none", RawPeer.Bytes(RawPeer.ConnectionHeader(1, id: new byte[32]), RawPeer.Init) },
        { "an identifier that is none, to be called", RawPeer.ConnectionHeader(1, options: 1, id: new byte[32]) },
    };

    private static readonly Dictionary<string, byte[]> s_badMessages = new()
    {
        { "an unknown command", RawPeer.Message(3, []) },
        { "a reply to nothing", RawPeer.Reply(0, []) },
        { "a transaction that is too short", RawPeer.Message(0, new byte[39]) },
        { "a transaction of 4 GiB", RawPeer.Bytes(0u, uint.MaxValue, 0ul) },
        { "references given back in 15 bytes", RawPeer.Message(2, new byte[15]) },
        { "references given back in 17 bytes", RawPeer.Message(2, new byte[17]) },
        { "more references than there are", RawPeer.DecStrong(Root, 2) },
        { "references of 4 billion", RawPeer.DecStrong(Root, uint.MaxValue) },
        { "a call of an object that is not there", RawPeer.Transaction(1, 3 | (7ul << 32), 1, []) },
        { "a call of an object of the client", RawPeer.Transaction(1, 1, 1, []) },
        { "a oneway call of an object that is not there", RawPeer.Transaction(1, 3 | (7ul << 32), 1, [], flags: 1) },
        { "an address of unknown options", RawPeer.Transaction(1, 7, 1, []) },
        { "a parcel longer than the message", RawPeer.Message(0, RawPeer.Bytes(Root, 1u, 0u, 0ul, 5u, new byte[12], 1)) },
        { "a parcel of 4 GiB", RawPeer.Message(0, RawPeer.Bytes(Root, 1u, 0u, 0ul, uint.MaxValue, new byte[12], 1)) },
        { "a table of three bytes", RawPeer.Transaction(1, Root, 1, [], table: new byte[3]) },
        { "a oneway call twice", RawPeer.Bytes(RawPeer.Transaction(1, Root, 0x5f504e47, [], flags: 1), RawPeer.Transaction(1, Root, 0x5f504e47, [], flags: 1)) },
        { "a oneway call twice before its turn", RawPeer.Bytes(RawPeer.Transaction(1, Root, 1, [], 1, 5), RawPeer.Transaction(1, Root, 1, [], 1, 5)) },
        { "too many oneway calls before their turn", RawPeer.Bytes([.. Enumerable.Range(1, VmPayload.Binder.Limits.WaitingCalls + 1).Select(i => (object)RawPeer.Transaction(1, Root, 1, [], 1, (ulong)i))]) },
        { "too many bytes before their turn", RawPeer.Bytes([.. Enumerable.Range(1, 43).Select(i => (object)RawPeer.Transaction(1, Root, 1, new byte[99_960], 1, (ulong)i))]) },
    };

    private readonly long _before = TestService.Live;
    private readonly TestServer _server = new();

    // By their names: the bytes would be made text for the test's identity.
    public static TheoryData<string> BadGreetings => [.. s_badGreetings.Keys];

    public static TheoryData<string> BadMessages => [.. s_badMessages.Keys];

    public void Dispose()
    {
        _server.Dispose();
        Assert.Equal(_before, Libc.Live);
    }

    [Theory]
    [MemberData(nameof(BadGreetings))]
    public void A_bad_greeting_ends_the_connection(string what)
    {
        using RawPeer good = _server.Open();
        using RawPeer bad = _server.Connect();
        bad.Send(s_badGreetings[what]);
        Assert.True(bad.HasEnded(), what);
        Assert.Equal(Root, good.GetRoot());
    }

    [Fact]
    public void A_first_word_that_is_not_cci_ends_the_session()
    {
        using RawPeer bad = _server.Connect();
        bad.Send(RawPeer.Bytes(RawPeer.ConnectionHeader(1), "cco\0\0\0\0\0"u8.ToArray()));
        bad.Receive(8);
        Assert.True(bad.HasEnded());
    }

    [Theory]
    [MemberData(nameof(BadMessages))]
    public void A_bad_message_ends_the_session(string what)
    {
        using RawPeer good = _server.Open();
        using RawPeer bad = _server.Open();
        Assert.Equal(Root, bad.GetRoot());
        bad.Send(s_badMessages[what]);
        Assert.True(bad.HasEnded(), what);
        Assert.Equal(Root, good.GetRoot());
    }

    [Fact]
    public void Wrong_counts_of_objects_that_are_gone_already_are_overlooked()
    {
        using RawPeer peer = _server.Open();
        peer.GetRoot();
        peer.Send(RawPeer.DecStrong(3 | (9ul << 32), 1));
        peer.Send(RawPeer.DecStrong(Root, 0));
        peer.GetRoot();
    }

    [Fact]
    public void A_parcel_with_a_bad_object_is_refused_and_the_session_goes_on()
    {
        using RawPeer peer = _server.Open();
        ulong root = peer.GetRoot();
        foreach ((byte[] binder, int status) in new[]
        {
            (RawPeer.Bytes(7, 0), int.MinValue + 1),
            (RawPeer.Bytes(2, 0), int.MinValue + 1),
            (RawPeer.Binder(0), -22),
            (RawPeer.Binder(5), -22),
            (RawPeer.Binder(3 | (9ul << 32)), -22),
            (RawPeer.Bytes(1, 1ul), -61),
            (RawPeer.Bytes(1, 1u), -61),
            (Array.Empty<byte>(), -61),
        })
        {
            Assert.Empty(peer.Call(root, TestService.CallBack, RawPeer.Request(binder), status));
        }

        Assert.Equal(root, peer.GetRoot());
    }

    [Fact]
    public void A_conversation_that_ends_at_any_byte_leaves_nothing()
    {
        // A session, an object, a callback object kept, a oneway call that waits, a call that calls back.
        byte[] all = RawPeer.Bytes(
            RawPeer.ConnectionHeader(1),
            RawPeer.Init,
            RawPeer.Transaction(1, 0, 0, []),
            RawPeer.Transaction(1, Root, TestService.Keep, RawPeer.Request(RawPeer.Binder(1))),
            RawPeer.Transaction(1, Root, TestService.Note, RawPeer.Request(RawPeer.Bytes(1)), 1, 1),
            RawPeer.Transaction(1, Root, TestService.CallBack, RawPeer.Request(RawPeer.Binder(1 | (1ul << 32)))));
        for (int length = 0; length <= all.Length; length++)
        {
            using RawPeer peer = _server.Connect();
            peer.Send(all[..length]);
        }

        _server.WaitUntilIdle();
        _server.Open().Dispose();
    }

    [Fact]
    public void Bytes_changed_at_random_do_no_harm()
    {
        Random random = new(5);
        byte[][] messages =
        [
            RawPeer.Transaction(1, 0, 0, []),
            RawPeer.Transaction(1, 0, 2, []),
            RawPeer.Transaction(1, Root, TestService.Add, RawPeer.Request(RawPeer.Bytes(1, 2))),
            RawPeer.Transaction(1, Root, TestService.Echo, RawPeer.Request(RawPeer.ByteArray(new byte[9]))),
            RawPeer.Transaction(1, Root, TestService.Keep, RawPeer.Request(RawPeer.Binder(1))),
            RawPeer.Transaction(1, Root, TestService.Keep, RawPeer.Request(RawPeer.Binder(Root))),
            RawPeer.Transaction(1, Root, TestService.GiveBack, RawPeer.Request([])),
            RawPeer.Transaction(1, Root, TestService.CallBack, RawPeer.Request(RawPeer.Binder(1 | (1ul << 32)))),
            RawPeer.Transaction(1, Root, TestService.Note, RawPeer.Request(RawPeer.Bytes(1)), 1),
            RawPeer.Transaction(1, Root, TestService.Drop, RawPeer.Request([])),
            RawPeer.DecStrong(Root, 1),
            RawPeer.Reply(0, RawPeer.String16(TestService.Descriptor)),
        ];
        for (int round = 0; round < 2000; round++)
        {
            using RawPeer peer = _server.Connect();
            byte[] all = RawPeer.Bytes(
                RawPeer.ConnectionHeader(1), RawPeer.Init, messages[0], RawPeer.Bytes([.. random.GetItems(messages, 6).Cast<object>()]));
            for (int change = random.Next(4); change > 0; change--)
            {
                // Most often what comes behind the greeting.
                int at = random.Next(random.Next(8) == 0 ? 0 : 24, all.Length);
                all[at] = random.Next(2) == 0 ? (byte)random.Next(256) : (byte)(all[at] ^ (1 << random.Next(8)));
            }

            peer.Send(all);
            if (round % 100 == 99)
            {
                _server.WaitUntilIdle(leaving: peer);
            }
        }

        _server.WaitUntilIdle();
        using RawPeer good = _server.Open();
        Assert.Equal(Root, good.GetRoot());
    }

    [Fact]
    public void Without_memory_a_session_ends_or_a_call_fails_and_nothing_is_lost()
    {
        for (int blocks = 0; blocks < 40; blocks++)
        {
            using RawPeer peer = _server.Connect();
            Libc.FailAllocationsAfter(blocks);
            try
            {
                peer.Send(RawPeer.Bytes(
                    RawPeer.ConnectionHeader(1),
                    RawPeer.Init,
                    RawPeer.Transaction(1, 0, 0, []),
                    RawPeer.Transaction(1, Root, TestService.Keep, RawPeer.Request(RawPeer.Binder(1))),
                    RawPeer.Transaction(1, Root, TestService.Note, RawPeer.Request(RawPeer.Bytes(1)), 1, 1),
                    RawPeer.Transaction(1, Root, TestService.GiveBack, RawPeer.Request([])),
                    RawPeer.Transaction(1, Root, TestService.Drop, RawPeer.Request([]))));
                Thread.Sleep(2);
            }
            finally
            {
                Libc.FailAllocationsAfter(long.MaxValue);
            }
        }

        _server.WaitUntilIdle();
        using RawPeer good = _server.Open();
        Assert.Equal(Root, good.GetRoot());
    }
}
