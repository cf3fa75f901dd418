using System.Diagnostics;
using Kvm.Interop;
using Kvm.Interop.Sockets;
using Virtualization.Binder;
using static Virtualization.Tests.Binder.RawPeer;

namespace Virtualization.Tests.Binder;

/// <summary>Valid conversations, changed at random from a seed: one side must end the session or go on, and never fall.</summary>
public class RpcFuzzTests
{
    private static readonly TimeSpan s_budget = TimeSpan.FromSeconds(3);

    [Theory]
    [InlineData(1u, 20261)]
    [InlineData(2u, 20262)]
    public void A_server_survives_any_client(uint version, int seed)
    {
        Random random = new(seed);
        using Served served = new(maxThreads: 2);
        using RpcSession good = served.Connect();
        byte[][] conversation =
        [
            Header(version),
            "cci\0\0\0\0\0"u8.ToArray(),
            Transact(0, RpcCode.GetMaxThreads),
            Transact(0, RpcCode.GetSessionId),
            Transact(0, RpcCode.GetRoot),
            Transact(ServerObject, TestService.EchoString, Arguments([2, 0, 0, 0, 97, 0, 98, 0, 0, 0, 0, 0])),
            Transact(ServerObject, TestService.EchoBytes, Arguments([3, 0, 0, 0, 1, 2, 3, 0])),
            Transact(ServerObject, TestService.Hold, Arguments(Object(ClientObject)), table: version == 2 ? Int(4 + 32) : null),
            Transact(ServerObject, TestService.Note, Arguments(Int(1)), 1, 0),
            Transact(ServerObject, TestService.Note, Arguments(Int(2)), 1, 1),
            Transact(ServerObject, TestService.MakeChild, Arguments()),
            Transact(ServerObject | (1UL << 32), TestService.Count, Arguments()),
            DecStrong(ServerObject | (1UL << 32), 1),
            Transact(ServerObject, TestService.CallBack, Arguments(Object(ClientObject), Int(1))),
            DecStrong(ClientObject, 1),
            Reply([.. Int(0), .. Int(1)]),
            DecStrong(ServerObject, 1),
        ];
        int messages = 0;
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < s_budget)
        {
            byte[][] mutated = Mutate(conversation, random);
            using RawPeer client = Connect(served.Path);
            client.TrySend(mutated);
            messages += mutated.Length;
            if (messages % 64 == 0)
            {
                Assert.Equal("x", Call.EchoString(good.Root!, "x"));
            }
        }

        Assert.InRange(messages, 1000, int.MaxValue);
        Assert.Equal("x", Call.EchoString(good.Root!, "x"));
        Assert.All(served.Unhandled, e => Assert.IsType<BinderException>(e)); // a method that could not call back
        Eventually.True(() => served.Server.SessionCount == 1, "the other sessions have ended");
    }

    [Fact]
    public void A_client_survives_any_server()
    {
        Random random = new(20263);
        byte[][] answers =
        [
            [1, 0, 0, 0, 0, 0, 0, 0],
            Reply(Int(2)),
            Reply([.. Int(32), .. new byte[32]]),
            Reply(Object(ServerObject)),
            DecStrong(ServerObject, 1),
            Reply([.. Int(0), 1, 0, 0, 0, 120, 0, 0, 0]),
            Transact(ClientObject, TestService.EchoString, Arguments([1, 0, 0, 0, 97, 0, 0, 0])),
            DecStrong(ServerObject, 1),
            DecStrong(ClientObject, 1),
            Reply([.. Int(0), .. Int(2)]),
            DecStrong(ServerObject, 1),
            Reply([.. Int(0), .. Object(ServerObject | (1UL << 32))]),
        ];
        int messages = 0;
        int whole = 0;
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < s_budget)
        {
            byte[][] mutated = whole == 0 ? answers : Mutate(answers, random);
            messages += mutated.Length;
            (UnixSocket client, UnixSocket server) = UnixSocket.CreatePair(UnixSocketType.Stream);
            using UnixSocket open = server;
            server.Send([.. mutated.SelectMany(message => message)]);
            server.ShutDownSending();
            try
            {
                using RpcSession session = RpcSession.Connect(() => client, new RpcSessionOptions { MaxVersion = 1 });
                if (session.Root is null)
                {
                    continue; // a mutated reply that is valid
                }

                Call.EchoString(session.Root!, "x");
                Call.Nest(session.Root!, new TestService(), 1);
                (Call.EchoBinder(session.Root!, null) as IDisposable)?.Dispose();
                whole++;
            }
            catch (Exception e) when (e is BinderException or LinuxException)
            {
                // One of these is what a caller can expect.
            }
        }

        Assert.InRange(messages, 500, int.MaxValue);
        Assert.InRange(whole, 1, int.MaxValue);
    }

    private static byte[][] Mutate(byte[][] conversation, Random random)
    {
        List<byte[]> messages = [.. conversation.Select(message => (byte[])message.Clone())];
        for (int changes = random.Next(1, 4); changes > 0; changes--)
        {
            // Mostly behind the beginning, so that something is reached.
            int at = random.Next(random.Next(4) == 0 ? 0 : Math.Min(4, messages.Count - 1), messages.Count);
            byte[] message = messages[at];
            switch (random.Next(7))
            {
                case 0 when message.Length > 0:
                    message[random.Next(message.Length)] ^= (byte)(1 << random.Next(8));
                    break;
                case 1 when message.Length > 0:
                    message[random.Next(message.Length)] = (byte)random.Next(256);
                    break;
                case 2 when message.Length >= 4:
                    int word = random.Next(message.Length / 4) * 4;
                    int[] values = [0, 1, -1, int.MaxValue, int.MinValue, 16, 100_000, random.Next()];
                    BitConverter.TryWriteBytes(message.AsSpan(word), values[random.Next(values.Length)]);
                    break;
                case 3:
                    messages[at] = message[..random.Next(message.Length + 1)];
                    break;
                case 4:
                    messages.Insert(at, message);
                    break;
                case 5 when messages.Count > 1:
                    messages.RemoveAt(at);
                    break;
                default:
                    int other = random.Next(messages.Count);
                    (messages[at], messages[other]) = (messages[other], messages[at]);
                    break;
            }
        }

        return [.. messages];
    }

    /// <summary>Codes of calls to address 0.</summary>
    private static class RpcCode
    {
        internal const uint GetRoot = 0;
        internal const uint GetMaxThreads = 1;
        internal const uint GetSessionId = 2;
    }
}
