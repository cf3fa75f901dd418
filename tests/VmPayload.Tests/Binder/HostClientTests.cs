using Kvm.Interop.Files;
using Virtualization.Binder;
using VmPayload.Binder;
using VmPayload.Platform;
using RpcSession = Virtualization.Binder.RpcSession;

namespace VmPayload.Tests.Binder;

/// <summary>The host's Binder RPC as the client of the library's server.</summary>
public sealed unsafe class HostClientTests : IDisposable
{
    private readonly long _before = TestService.Live;
    private readonly TestServer _server = new();

    public void Dispose()
    {
        _server.Dispose();
        Assert.Equal(_before, Libc.Live);
    }

    [Fact]
    public void Eight_threads_call_at_once()
    {
        using RpcSession session = Connect(new RpcSessionOptions { MaxOutgoing = 8 });
        IBinder root = session.Root!;
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, thread =>
        {
            for (int i = 0; i < 250; i++)
            {
                Assert.Equal(thread + i, Call(root, TestService.Add, data => { data.WriteInt32(thread); data.WriteInt32(i); }, reply => reply.ReadInt32()));
            }
        });
        Assert.True(_server.ConnectionCount <= 8);
    }

    [Fact]
    public void Large_parcels_come_back_as_they_were()
    {
        using RpcSession session = Connect();
        byte[] bytes = new byte[98_000];
        new Random(1).NextBytes(bytes);
        Assert.Equal(bytes, Call(session.Root!, TestService.Echo, data => data.WriteByteArray(bytes), reply => reply.ReadByteArray()));
    }

    [Fact]
    public void Oneway_calls_keep_their_order_over_all_connections()
    {
        using RpcSession session = Connect(new RpcSessionOptions { MaxOutgoing = 4 });
        IBinder root = session.Root!;
        for (int i = 0; i < 500; i++)
        {
            using Parcel data = new();
            data.WriteInterfaceToken(TestService.Descriptor);
            data.WriteInt32(i);
            root.Transact(TestService.Note, data, null, TransactionFlags.OneWay);
        }

        Assert.True(SpinWait.SpinUntil(() => _server.Service.Notes.Length == 500, TimeSpan.FromSeconds(10)));
        Assert.Equal(Enumerable.Range(0, 500), _server.Service.Notes);
    }

    [Fact]
    public void Errors_are_those_of_the_method()
    {
        using RpcSession session = Connect();
        ServiceSpecificException failure = Assert.Throws<ServiceSpecificException>(() => Call(session.Root!, TestService.Fail, _ => { }, _ => 0));
        Assert.Equal(42, failure.Code);
        Assert.Contains("no such thing", failure.Message, StringComparison.Ordinal);
        BinderException unknown = Assert.Throws<BinderException>(() => Call(session.Root!, 99, _ => { }, _ => 0));
        Assert.Equal(StatusCode.UnknownTransaction, unknown.Status);
        Assert.Equal(TestService.Descriptor, session.Root!.InterfaceDescriptor);
    }

    [Fact]
    public void A_callback_is_called_within_the_call_and_released_after_it()
    {
        using RpcSession session = Connect();
        HostEcho callback = new();
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(11, Call(session.Root!, TestService.CallBack, data => data.WriteStrongBinder(callback), reply => reply.ReadInt32()));
        }

        Assert.Equal(3, callback.Calls);
        Assert.True(SpinWait.SpinUntil(() => callback.Released > 0, TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void A_callback_that_is_kept_is_called_from_a_oneway_call_by_a_connection_for_that()
    {
        using RpcSession session = Connect(new RpcSessionOptions { MaxOutgoing = 1, MaxIncoming = 1 });
        HostEcho callback = new();
        Call(session.Root!, TestService.Keep, data => data.WriteStrongBinder(callback), _ => 0);
        using Parcel data = new();
        data.WriteInterfaceToken(TestService.Descriptor);
        session.Root!.Transact(TestService.CallKept, data, null, TransactionFlags.OneWay);
        Assert.True(SpinWait.SpinUntil(() => callback.Calls == 1, TimeSpan.FromSeconds(10)));
        // The same object comes home as itself.
        Assert.Same(callback, Call(session.Root!, TestService.GiveBack, _ => { }, reply => reply.ReadStrongBinder()));
        Call(session.Root!, TestService.Drop, _ => { }, _ => 0);
        Assert.True(SpinWait.SpinUntil(() => callback.Released > 0, TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Calls_go_to_and_fro_within_calls()
    {
        using RpcSession session = Connect();
        HostNest nest = new(session.Root!);
        Assert.Equal(11, Call(session.Root!, TestService.Nest, data => { data.WriteStrongBinder(nest); data.WriteInt32(10); }, reply => reply.ReadInt32()));
    }

    [Fact]
    public void A_client_that_ends_at_any_moment_leaves_nothing()
    {
        for (int i = 0; i < 30; i++)
        {
            RpcSession session = Connect(new RpcSessionOptions { MaxOutgoing = 3, MaxIncoming = 1 });
            HostEcho callback = new();
            Call(session.Root!, TestService.Keep, data => data.WriteStrongBinder(callback), _ => 0);
            Thread[] callers = [.. Enumerable.Range(0, 3).Select(_ => new Thread(() =>
            {
                try
                {
                    while (true)
                    {
                        Call(session.Root!, TestService.CallBack, data => data.WriteStrongBinder(callback), reply => reply.ReadInt32());
                    }
                }
                catch (BinderException)
                {
                    // The session has ended.
                }
            }))];
            Array.ForEach(callers, static caller => caller.Start());
            Thread.Sleep(i % 5);
            session.Dispose();
            Assert.All(callers, static caller => Assert.True(caller.Join(TimeSpan.FromSeconds(10))));
        }

        _server.WaitUntilIdle();
    }

    private static T Call<T>(IBinder target, uint code, Action<Parcel> write, Func<Parcel, T> read)
    {
        using Parcel data = new();
        using Parcel reply = new();
        data.WriteInterfaceToken(TestService.Descriptor);
        write(data);
        target.Transact(code, data, reply);
        reply.ReadStatus();
        return read(reply);
    }

    private RpcSession Connect(RpcSessionOptions? options = null) => RpcSession.Connect(
        () =>
        {
            (int ours, int theirs) = RawPeer.CreatePair();
            SocketIo.SetPatience(ours, 0);
            _server.Accept(theirs);
            return new FileDescriptor(ours, "the test's end");
        },
        options);

    private sealed class HostEcho() : BinderObject(TestService.Descriptor)
    {
        private int _calls;
        private int _released;

        internal int Calls => Volatile.Read(ref _calls);

        internal int Released => Volatile.Read(ref _released);

        protected override void OnTransact(uint code, Parcel data, Parcel reply, in CallContext context)
        {
            data.EnforceInterface(TestService.Descriptor);
            Interlocked.Increment(ref _calls);
            byte[] bytes = data.ReadByteArray();
            reply.WriteStatusOk();
            reply.WriteByteArray(bytes);
        }

        protected override void OnZeroReferences() => Interlocked.Increment(ref _released);
    }

    // Answers a call of Nest by calling the library's object again, with itself.
    private sealed class HostNest(IBinder library) : BinderObject(TestService.Descriptor)
    {
        protected override void OnTransact(uint code, Parcel data, Parcel reply, in CallContext context)
        {
            data.EnforceInterface(TestService.Descriptor);
            int levels = data.ReadInt32();
            int reached = levels == 0
                ? 0
                : Call(library, TestService.Nest, request => { request.WriteStrongBinder(this); request.WriteInt32(levels - 1); }, answer => answer.ReadInt32());
            reply.WriteStatusOk();
            reply.WriteInt32(reached + 1);
        }
    }
}
