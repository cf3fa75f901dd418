using System.Diagnostics;
using Kvm.Interop.Sockets;
using Virtualization.Binder;

namespace Virtualization.Tests.Binder;

public class RpcSessionTests
{
    [Theory]
    [InlineData(0u, 2u, 0u)]
    [InlineData(1u, 2u, 1u)]
    [InlineData(2u, 2u, 2u)]
    [InlineData(2u, 1u, 1u)]
    [InlineData(2u, 0u, 0u)]
    public void Both_sides_speak_the_newest_version_that_both_know(uint client, uint server, uint spoken)
    {
        using Served served = new(maxVersion: server);
        using RpcSession session = served.Connect(maxVersion: client);
        Assert.Equal(spoken, session.Version);
        Assert.Equal("ä\U0001F600", Call.EchoString(session.Root!, "ä\U0001F600"));
        Assert.Null(Call.EchoString(session.Root!, null));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(2u)]
    public async Task Eight_threads_make_thousands_of_calls(uint version)
    {
        using Served served = new(maxThreads: 8);
        using RpcSession session = served.Connect(outgoing: 8, maxVersion: version);
        IBinder root = session.Root!;
        Task[] callers = [.. Enumerable.Range(0, 8).Select(caller => Task.Factory.StartNew(
            () =>
            {
                for (int i = 0; i < 1500; i++)
                {
                    string text = $"{caller}:{i}";
                    Assert.Equal(text, Call.EchoString(root, text));
                }
            },
            TaskCreationOptions.LongRunning))];
        await Task.WhenAll(callers).WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public void A_server_of_one_session_refuses_every_later_one_but_not_connections_of_that_one()
    {
        using Served served = new(maxThreads: 2, sessionsInAll: 1);
        using RpcSession first = served.Connect(outgoing: 2);

        Assert.ThrowsAny<Exception>(() => served.Connect().Root);
        Assert.Equal("x", Call.EchoString(first.Root!, "x"));
        first.Dispose();
        Eventually.True(() => served.Server.SessionCount == 0, "the session's end");
        Assert.ThrowsAny<Exception>(() => served.Connect().Root);
    }

    [Fact]
    public void More_callers_than_connections_take_turns()
    {
        using Served served = new(maxThreads: 2);
        using RpcSession session = served.Connect(outgoing: 8);
        IBinder root = session.Root!;
        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => Assert.Equal($"{i}", Call.EchoString(root, $"{i}")));
    }

    [Fact]
    public void Oneway_calls_of_one_object_arrive_in_order_over_several_connections()
    {
        using Served served = new(maxThreads: 4);
        using RpcSession session = served.Connect(outgoing: 4);
        IBinder root = session.Root!;
        for (int i = 0; i < 5000; i++)
        {
            Call.SendNote(root, i);
        }

        Eventually.True(() => served.Service.Notes.Count == 5000, "5000 notes");
        Assert.Equal(Enumerable.Range(0, 5000), served.Service.Notes);
    }

    [Fact]
    public void A_slow_oneway_call_does_not_keep_other_calls_waiting()
    {
        using Served served = new(maxThreads: 2);
        using ManualResetEventSlim gate = new();
        served.Service.OnNote = _ => gate.Wait(TimeSpan.FromSeconds(10));
        using RpcSession session = served.Connect(outgoing: 2);
        Call.SendNote(session.Root!, 1);
        Assert.Equal("x", Call.EchoString(session.Root!, "x"));
        gate.Set();
    }

    [Fact]
    public void Calls_back_and_forth_nest_on_one_connection()
    {
        using Served served = new(maxThreads: 1);
        using RpcSession session = served.Connect();
        TestService own = new();
        Assert.Equal(11, Call.Nest(session.Root!, own, 10));
        Assert.Equal("still there", Call.EchoString(session.Root!, "still there"));
    }

    [Fact]
    public void A_client_with_a_thread_gets_oneway_callbacks_outside_its_own_calls()
    {
        using Served served = new();
        using RpcSession session = served.Connect(incoming: 1);
        TestService own = new();
        Call.Hold(session.Root!, own);
        for (int i = 0; i < 100; i++)
        {
            Call.SendNote(served.Service.Held!, i);
        }

        Eventually.True(() => own.Notes.Count == 100, "100 callbacks");
        Assert.Equal(Enumerable.Range(0, 100), own.Notes);
        Assert.Equal("back", Call.EchoString(served.Service.Held!, "back"));
    }

    [Fact]
    public void A_client_without_threads_cannot_be_called_outside_its_own_calls()
    {
        using Served served = new();
        using RpcSession session = served.Connect();
        TestService own = new();
        Call.Hold(session.Root!, own);
        Assert.Equal(StatusCode.WouldBlock, Assert.Throws<BinderException>(() => Call.EchoString(served.Service.Held!, "x")).Status);
        BinderException oneWay = Assert.Throws<BinderException>(() => Call.NoteToHeld(session.Root!, 1));
        Assert.Equal(StatusCode.WouldBlock, oneWay.Status);
    }

    [Fact]
    public void A_parcel_as_large_as_Android_takes_passes_and_a_larger_one_is_refused_before_it_is_sent()
    {
        using Served served = new();
        using RpcSession session = served.Connect();
        byte[] bytes = new byte[99_900];
        Random.Shared.NextBytes(bytes);
        Assert.Equal(bytes, Call.EchoBytes(session.Root!, bytes));
        BinderException refused = Assert.Throws<BinderException>(() => Call.EchoBytes(session.Root!, new byte[100_000]));
        Assert.Equal(StatusCode.FailedTransaction, refused.Status);
        Assert.Contains("the limit is 100000", refused.Message, StringComparison.Ordinal);
        Assert.Equal(StatusCode.FailedTransaction, Assert.Throws<BinderException>(() => Call.HeavyReply(session.Root!, 100_000)).Status);
        Assert.Equal("fine", Call.EchoString(session.Root!, "fine"));
    }

    [Fact]
    public void Peers_of_ones_own_may_agree_on_larger_parcels()
    {
        RpcLimits large = new() { MaxTransactionBytes = 8 << 20 };
        using Served served = new(limits: large);
        using RpcSession session = served.Connect(limits: large);
        byte[] bytes = new byte[5 << 20];
        Random.Shared.NextBytes(bytes);
        Assert.Equal(bytes, Call.EchoBytes(session.Root!, bytes));
    }

    [Fact]
    public void What_a_method_throws_reaches_the_caller_as_it_was_meant()
    {
        using Served served = new();
        using RpcSession session = served.Connect();
        IBinder root = session.Root!;
        ServiceSpecificException specific = Assert.Throws<ServiceSpecificException>(() => Call.Fail(root, 0));
        Assert.Equal((-7, "seven"), (specific.Code, specific.Message));
        BinderException security = Assert.Throws<BinderException>(() => Call.Fail(root, 1));
        Assert.Equal((ExceptionCode.Security, "not you"), (security.Exception, security.Message));
        Assert.Equal(ExceptionCode.IllegalArgument, Assert.Throws<BinderException>(() => Call.Fail(root, 2)).Exception);
        Assert.Equal(StatusCode.PermissionDenied, Assert.Throws<BinderException>(() => Call.Fail(root, 3)).Status);
        Assert.Equal(ExceptionCode.IllegalState, Assert.Throws<BinderException>(() => Call.Fail(root, 4)).Exception);
        Assert.Equal(ExceptionCode.UnsupportedOperation, Assert.Throws<BinderException>(() => Call.Fail(root, 5)).Exception);
        Assert.Empty(served.Unhandled);
        Assert.Equal(StatusCode.UnknownError, Assert.Throws<BinderException>(() => Call.Fail(root, 6)).Status);
        Assert.IsType<IOException>(Assert.Single(served.Unhandled));
    }

    [Fact]
    public void Every_object_answers_a_ping_and_says_its_interface_and_process()
    {
        using Served served = new();
        using RpcSession session = served.Connect();
        IBinder root = session.Root!;
        Assert.Equal(TestService.Descriptor, root.InterfaceDescriptor);
        Assert.Equal(0, Meta(root, 0x5f504e47).Length);
        Assert.Equal(0, Meta(root, 0x5f444d50).Length);
        Assert.Equal(Environment.ProcessId, Meta(root, 0x5f504944).ReadInt32());
        Assert.Null(Meta(root, 0x5f455854).ReadStrongBinder());
        Assert.Equal(StatusCode.UnknownTransaction, Assert.Throws<BinderException>(() => Call.EchoUnknown(root, 999)).Status);
        Assert.Equal(StatusCode.UnknownTransaction, Assert.Throws<BinderException>(() => Call.EchoUnknown(root, 0x5f525043)).Status);
    }

    [Fact]
    public void A_call_meant_for_another_interface_is_refused()
    {
        using Served served = new();
        using RpcSession session = served.Connect();
        using Parcel data = new();
        using Parcel reply = new();
        data.WriteInterfaceToken("test.IOther");
        Assert.Equal(StatusCode.BadType, Assert.Throws<BinderException>(() => session.Root!.Transact(1, data, reply)).Status);
    }

    [Fact]
    public void Two_sessions_are_strangers_to_each_other()
    {
        using Served served = new();
        using RpcSession first = served.Connect();
        using RpcSession second = served.Connect();
        using BinderProxy child = Call.MakeChild(first.Root!);
        Assert.Equal(StatusCode.InvalidOperation, Assert.Throws<BinderException>(() => Call.EchoBinder(second.Root!, child)).Status);
        Parallel.For(0, 200, i => Assert.Equal($"{i}", Call.EchoString((i % 2 == 0 ? first : second).Root!, $"{i}")));
        first.Dispose();
        Assert.Equal("alive", Call.EchoString(second.Root!, "alive"));
        Assert.Equal(StatusCode.DeadObject, Assert.Throws<BinderException>(() => Call.EchoString(first.Root!, "dead")).Status);
    }

    [Fact]
    public async Task A_bootstrap_socket_carries_connections_and_the_server_is_done_with_its_client()
    {
        TestService service = new();
        using RpcServer server = new(new RpcServerOptions { Root = _ => service, MaxThreads = 3, FileDescriptors = RpcFileDescriptors.Unix });
        (StreamConnection first, StreamConnection second) = StreamConnection.CreatePair();
        server.ServeBootstrap(first);
        RpcSession session = RpcSession.ConnectBootstrap(second, new RpcSessionOptions { MaxOutgoing = 3, MaxIncoming = 1, FileDescriptors = RpcFileDescriptors.Unix });
        Assert.Equal("x", Call.EchoString(session.Root!, "x"));
        Assert.False(server.Completion.IsCompleted);
        session.Dispose();
        await server.Completion.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void The_callee_knows_the_user_and_process_of_a_Unix_socket()
    {
        using Served served = new();
        using RpcSession session = served.Connect();
        Call.EchoString(session.Root!, "x");
        Assert.Equal(Environment.ProcessId, served.Service.LastContext.PeerPid);
        Assert.Null(served.Service.LastContext.PeerCid);
        Assert.NotEqual(uint.MaxValue, served.Service.LastContext.PeerUid);
    }

    [Fact]
    public void A_client_that_is_not_accepted_gets_no_session()
    {
        using Served served = new(accept: caller => caller.PeerPid != Environment.ProcessId);
        Assert.Equal(StatusCode.DeadObject, Assert.Throws<BinderException>(() => served.Connect()).Status);
        Assert.Equal(0, served.Server.SessionCount);
    }

    [Fact]
    public void A_server_that_says_nothing_is_given_up_after_the_timeout()
    {
        string path = Path.Combine(Path.GetTempPath(), $"binder-{Guid.NewGuid():N}.sock");
        using StreamListener silent = StreamListener.ListenUnix(path, 1);
        long start = Stopwatch.GetTimestamp();
        Assert.Throws<TimeoutException>(() => RpcSession.ConnectUnix(path, new RpcSessionOptions { ConnectTimeout = TimeSpan.FromMilliseconds(200) }));
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0.1, 5);
        File.Delete(path);
    }

    [SkippableFact]
    public void A_session_over_vsock_knows_the_peers_address()
    {
        TestService service = new();
        using RpcServer server = new(new RpcServerOptions { Root = _ => service, Accept = caller => caller.PeerCid == 1 });
        RpcListener listener;
        try
        {
            listener = RpcListener.ListenVsock(RpcListener.AnyPort);
        }
        catch (Kvm.Interop.LinuxException e)
        {
            throw new SkipException($"no AF_VSOCK: {e.Message}");
        }

        Assert.NotNull(listener.Port);
        uint port = listener.Port.Value;
        server.Serve(listener);
        try
        {
            using RpcSession session = RpcSession.ConnectVsock(1, port, new RpcSessionOptions { ConnectTimeout = TimeSpan.FromMilliseconds(300) });
            Assert.Equal("x", Call.EchoString(session.Root!, "x"));
            Assert.Equal(1u, service.LastContext.PeerCid);
        }
        catch (Exception e) when (e is TimeoutException or Kvm.Interop.LinuxException)
        {
            throw new SkipException($"this kernel has no loopback for AF_VSOCK: {e.Message}");
        }
    }

    private static Parcel Meta(IBinder target, uint code)
    {
        using Parcel data = new();
        Parcel reply = new();
        target.Transact(code, data, reply);
        return reply;
    }
}
