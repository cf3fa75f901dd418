using VmPayload.Exports;
using VmPayload.Platform;

namespace VmPayload.Tests.Binder;

/// <summary>What no manager of good will answers: the payload's call fails, and the library keeps nothing of it.</summary>
public sealed unsafe class HostileManagerTests : IDisposable
{
    private const ulong Root = 3;
    private static readonly byte[] s_greeting = RawPeer.Bytes(1u, 0u);
    private static readonly byte[] s_root = RawPeer.Reply(0, RawPeer.Binder(Root));
    private static readonly byte[] s_opening = RawPeer.Bytes(s_greeting, s_root);

    private static readonly Dictionary<string, byte[]> s_badOpenings = new()
    {
        { "a version that nobody asked for", RawPeer.Bytes(2u, 0u, s_root) },
        { "a version of 4 billion", RawPeer.Bytes(uint.MaxValue, 0u, s_root) },
        { "no object", RawPeer.Bytes(s_greeting, RawPeer.Reply(0, RawPeer.Bytes(0, 0ul, 0))) },
        { "an object of the client", RawPeer.Bytes(s_greeting, RawPeer.Reply(0, RawPeer.Binder(1))) },
        { "an address of unknown options", RawPeer.Bytes(s_greeting, RawPeer.Reply(0, RawPeer.Binder(7))) },
        { "an object of an unknown kind", RawPeer.Bytes(s_greeting, RawPeer.Reply(0, RawPeer.Bytes(7, Root, 0x0c))) },
        { "half of an address", RawPeer.Bytes(s_greeting, RawPeer.Reply(0, RawPeer.Bytes(1, 3))) },
        { "an empty parcel", RawPeer.Bytes(s_greeting, RawPeer.Reply(0, [])) },
        { "a refusal", RawPeer.Bytes(s_greeting, RawPeer.Reply(-1, [])) },
    };

    private static readonly Dictionary<string, byte[]> s_badAnswers = new()
    {
        { "an unknown command", RawPeer.Message(3, []) },
        { "a reply that is too short", RawPeer.Message(1, new byte[19]) },
        { "a reply of 4 GiB", RawPeer.Bytes(1u, uint.MaxValue, 0ul) },
        { "a reply larger than Android takes", RawPeer.Reply(0, new byte[100_004]) },
        { "a parcel longer than the message", RawPeer.Message(1, RawPeer.Bytes(0, 12u, new byte[12], 0, 1)) },
        { "a parcel of 4 GiB", RawPeer.Message(1, RawPeer.Bytes(0, uint.MaxValue, new byte[12], 0, 1)) },
        { "a table of three bytes", RawPeer.Message(1, RawPeer.Bytes(0, 8u, new byte[12], 0, 1, new byte[3])) },
        { "a failure", RawPeer.Reply(int.MinValue, RawPeer.Bytes(0, 1)) },
        { "no answer in the parcel", RawPeer.Reply(0, []) },
        { "half of the status", RawPeer.Reply(0, new byte[2]) },
        { "a status alone", RawPeer.Reply(0, RawPeer.Bytes(0)) },
        { "an exception", RawPeer.Reply(0, RawPeer.Bytes(-1, RawPeer.String16("no"), 0)) },
        { "an exception whose text has no end", RawPeer.Reply(0, RawPeer.Bytes(-1, int.MaxValue, 0)) },
        { "an exception whose text has a length below zero", RawPeer.Reply(0, RawPeer.Bytes(-1, -2, 0)) },
        { "an exception whose trace has no end", RawPeer.Reply(0, RawPeer.Bytes(-1, RawPeer.String16("no"), int.MaxValue)) },
        { "more references than there are", RawPeer.DecStrong(Root, uint.MaxValue) },
        { "references given back in 15 bytes", RawPeer.Message(2, new byte[15]) },
        { "a call of an object that the payload does not have", RawPeer.Transaction(1, 1, 1, []) },
        { "a call of the manager's own object", RawPeer.Transaction(1, Root, 1, []) },
    };

    private readonly long _before = TestService.Live;
    private readonly string _directory = Directory.CreateTempSubdirectory("payload-").FullName;
    private readonly ScriptedServer _manager;

    public HostileManagerTests()
    {
        string path = Path.Combine(_directory, "service");
        _manager = new ScriptedServer(path);
        PayloadPaths.SetService(path);
    }

    public static TheoryData<string> BadOpenings => [.. s_badOpenings.Keys];

    public static TheoryData<string> BadAnswers => [.. s_badAnswers.Keys];

    public void Dispose()
    {
        PayloadService.Disconnect();
        _manager.Dispose();
        Directory.Delete(_directory, recursive: true);
        Assert.Equal(_before, Libc.Live);
    }

    [Theory]
    [MemberData(nameof(BadOpenings))]
    public void A_session_that_begins_wrongly_is_none(string what)
    {
        Assert.True(IsNew(RawPeer.Bytes(s_badOpenings[what], Answer(1))) is null, what);
        Assert.True(IsNew(RawPeer.Bytes(s_opening, Answer(1))), "the next one is good again");
    }

    [Theory]
    [MemberData(nameof(BadAnswers))]
    public void A_bad_answer_is_a_failure(string what) =>
        Assert.True(IsNew(RawPeer.Bytes(s_opening, s_badAnswers[what])) is null, what);

    [Fact]
    public void What_the_manager_gives_back_or_a_table_of_descriptors_does_not_disturb_an_answer()
    {
        Assert.True(IsNew(RawPeer.Bytes(s_opening, RawPeer.DecStrong(3 | (9ul << 32), 1), Answer(1))));
        Assert.False(IsNew(RawPeer.Bytes(s_opening, RawPeer.Message(1, RawPeer.Bytes(0, 8u, new byte[12], 0, 0, 4)))));
    }

    [Fact]
    public void A_conversation_that_is_cut_at_any_byte_is_a_failure_and_leaves_nothing()
    {
        byte[] all = RawPeer.Bytes(s_opening, RawPeer.DecStrong(3 | (9ul << 32), 1), Answer(1));
        for (int length = 0; length < all.Length; length++)
        {
            Assert.True(IsNew(all[..length]) is null, $"after {length} bytes");
            Assert.Equal(_before, Libc.Live);
        }

        Assert.True(IsNew(all));
    }

    [Fact]
    public void Bytes_are_never_more_than_the_parcel_has()
    {
        byte[] data = new byte[40];
        foreach (int length in new[] { -2, 0, 31, 33, 36, 40, 41, 100_000, int.MaxValue, int.MinValue })
        {
            _manager.Script = RawPeer.Bytes(s_opening, RawPeer.Reply(0, RawPeer.Bytes(0, length, new byte[36])));
            Assert.Equal(-2, ReadSecret(data));
        }

        Assert.All(data, value => Assert.Equal(0, value));
        _manager.Script = RawPeer.Bytes(s_opening, RawPeer.Reply(0, RawPeer.Bytes(0, -1)));
        Assert.Equal(-1, ReadSecret(data));
        _manager.Script = RawPeer.Bytes(s_opening, RawPeer.Reply(0, RawPeer.Bytes(0, 32, Enumerable.Repeat((byte)5, 32).ToArray())));
        Assert.Equal(32, ReadSecret(data));
        Assert.Equal([.. Enumerable.Repeat((byte)5, 32), .. new byte[8]], data);
    }

    [Fact]
    public void Bytes_changed_at_random_do_no_harm()
    {
        Random random = new(7);
        byte[] data = new byte[40];
        byte[][] messages =
        [
            Answer(0),
            Answer(1),
            RawPeer.Reply(0, RawPeer.Bytes(0, 32, new byte[32])),
            RawPeer.Reply(0, RawPeer.Bytes(-8, RawPeer.String16("refused"), 0, 5)),
            RawPeer.Reply(-1, []),
            RawPeer.DecStrong(Root, 1),
            RawPeer.Transaction(1, 0, 0, []),
            RawPeer.Transaction(1, 0, 1, []),
            RawPeer.Transaction(1, Root, 1, [], flags: 1),
        ];
        for (int round = 0; round < 1000; round++)
        {
            byte[] all = RawPeer.Bytes(s_opening, RawPeer.Bytes([.. random.GetItems(messages, 3).Cast<object>()]));
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                // Most often what comes behind the opening.
                int at = random.Next(random.Next(4) == 0 ? 0 : s_opening.Length, all.Length);
                all[at] = random.Next(2) == 0 ? (byte)random.Next(256) : (byte)(all[at] ^ (1 << random.Next(8)));
            }

            if (round % 2 == 0)
            {
                _ = IsNew(all);
            }
            else
            {
                _manager.Script = all;
                Assert.Contains(ReadSecret(data), (int[])[-2, -1, 32]);
            }

            Assert.Equal(_before, Libc.Live);
        }
    }

    private static byte[] Answer(int value) => RawPeer.Reply(0, RawPeer.Bytes(0, value));

    /// <summary>Over a connection of its own; null for a failure.</summary>
    private bool? IsNew(byte[] script)
    {
        _manager.Script = script;
        byte isNew = 9;
        int status = PayloadFunctions.IsNewInstanceStatus(&isNew);
        PayloadService.Disconnect();
        Assert.Equal(status == 0, isNew <= 1);
        return status == 0 ? isNew == 1 : null;
    }

    private static int ReadSecret(byte[] data)
    {
        fixed (byte* start = data)
        {
            int status = PayloadFunctions.ReadRollbackProtectedSecret(start, 32);
            PayloadService.Disconnect();
            return status;
        }
    }
}
