using System.Runtime.CompilerServices;
using Virtualization.Binder;

namespace Virtualization.Tests.Binder;

public class ReferenceTests
{
    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(2u)]
    public void The_owner_is_told_when_the_last_reference_is_disposed(uint version)
    {
        using Served served = new();
        using RpcSession session = served.Connect(maxVersion: version);
        BinderProxy child = Call.MakeChild(session.Root!);
        Assert.Equal("x", Call.EchoString(child, "x"));
        Assert.False(served.Service.Children[0].ZeroReferences.IsSet);
        child.Dispose();
        Assert.True(served.Service.Children[0].ZeroReferences.Wait(TimeSpan.FromSeconds(10)));
        Assert.False(child.IsAlive);
        Assert.Equal(StatusCode.DeadObject, Assert.Throws<BinderException>(() => Call.EchoString(child, "x")).Status);
        Assert.True(session.IsAlive);
        Assert.Equal("x", Call.EchoString(session.Root!, "x"));
    }

    [Fact]
    public void The_owner_is_told_when_the_last_reference_is_collected()
    {
        using Served served = new();
        using RpcSession session = served.Connect();
        Forget(session.Root!);
        Eventually.True(
            () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return served.Service.Children[0].ZeroReferences.IsSet;
            },
            "the reference is collected");
    }

    [Fact]
    public void An_object_that_comes_twice_is_one_reference()
    {
        using Served served = new();
        using RpcSession session = served.Connect();
        BinderProxy child = Call.MakeChild(session.Root!);
        Assert.Same(served.Service.Children[0], Unwrap(served, session, child));
        Assert.Same(child, Call.EchoBinder(session.Root!, child));
        Assert.Same(child, Call.EchoBinder(session.Root!, child));
        TestService own = new();
        Assert.Same(own, Call.EchoBinder(session.Root!, own));
        Assert.Null(Call.EchoBinder(session.Root!, null));
        child.Dispose();
        Assert.True(served.Service.Children[0].ZeroReferences.Wait(TimeSpan.FromSeconds(10)));
        Assert.Equal(1, served.Service.Children[0].ZeroReferencesCount);
    }

    [Fact]
    public void A_callback_that_the_server_holds_lives_until_the_server_drops_it()
    {
        using Served served = new();
        using RpcSession session = served.Connect();
        TestService own = new();
        Call.Hold(session.Root!, own);
        Assert.False(own.ZeroReferences.IsSet);
        Call.Release(session.Root!);
        Assert.True(own.ZeroReferences.Wait(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void A_reference_disposed_after_oneway_calls_is_given_back_when_they_are_done()
    {
        using Served served = new();
        using RpcSession session = served.Connect();
        BinderProxy child = Call.MakeChild(session.Root!);
        for (int i = 0; i < 50; i++)
        {
            Call.SendNote(child, i);
        }

        child.Dispose();
        TestService owner = served.Service.Children[0];
        Eventually.True(
            () =>
            {
                Call.EchoString(session.Root!, "what is sent next takes it along");
                return owner.ZeroReferences.IsSet;
            },
            "the reference is given back");
        Assert.Equal(Enumerable.Range(0, 50), owner.Notes);
    }

    [Fact]
    public void Objects_in_an_unread_parcel_are_given_back_in_version_2()
    {
        using Served served = new();
        using RpcSession session = served.Connect();
        using (Parcel data = new())
        using (Parcel reply = new())
        {
            data.WriteInterfaceToken(TestService.Descriptor);
            session.Root!.Transact(TestService.MakeChild, data, reply);
        }

        Eventually.True(
            () =>
            {
                Call.EchoString(session.Root!, "x");
                return served.Service.Children[0].ZeroReferences.IsSet;
            },
            "the unread reference is given back");
    }

    [Fact]
    public void A_session_whose_last_object_was_given_back_is_ended_by_the_server()
    {
        using Served served = new();
        using RpcSession session = served.Connect(incoming: 1);
        ((BinderProxy)session.Root!).Dispose();
        Eventually.True(() => !session.IsAlive && served.Server.SessionCount == 0, "the session ends");
        Assert.True(served.Service.ZeroReferences.IsSet);
    }

    [Fact]
    public void The_end_of_a_session_gives_back_what_its_peer_held()
    {
        using Served served = new();
        RpcSession session = served.Connect();
        TestService own = new();
        Call.Hold(session.Root!, own);
        BinderProxy child = Call.MakeChild(session.Root!);
        session.Dispose();
        Assert.True(own.ZeroReferences.Wait(TimeSpan.FromSeconds(10)));
        Assert.True(served.Service.Children[0].ZeroReferences.Wait(TimeSpan.FromSeconds(10)));
        Assert.False(child.IsAlive);
    }

    [Fact]
    public void References_are_counted_right_while_many_threads_make_and_drop_them()
    {
        using Served served = new(maxThreads: 4);
        using RpcSession session = served.Connect(outgoing: 4);
        IBinder root = session.Root!;
        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            using BinderProxy child = Call.MakeChild(root);
            Assert.Equal("c", Call.EchoString(child, "c"));
            Call.SendNote(child, i);
        });
        Eventually.True(
            () =>
            {
                Call.EchoString(root, "x");
                return served.Service.Children.TrueForAll(child => child.ZeroReferences.IsSet);
            },
            "400 children given back");
        Assert.True(session.IsAlive);
        Assert.All(served.Service.Children, child => Assert.Equal(1, child.ZeroReferencesCount));
    }

    [Fact]
    public void One_object_passed_and_dropped_by_many_threads_keeps_its_count()
    {
        using Served served = new(maxThreads: 4);
        using RpcSession session = served.Connect(outgoing: 4);
        IBinder root = session.Root!;
        TestService own = new();
        Parallel.For(0, 500, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ => Assert.Same(own, Call.EchoBinder(root, own)));
        Assert.True(session.IsAlive);
    }

    [Fact]
    public void More_objects_than_the_limit_are_refused()
    {
        using Served served = new(limits: new RpcLimits { MaxNodes = 5 });
        using RpcSession session = served.Connect();
        List<BinderProxy> children = [];
        BinderException refused = Assert.Throws<BinderException>(() =>
        {
            while (children.Count < 10)
            {
                children.Add(Call.MakeChild(session.Root!));
            }
        });
        Assert.Equal(StatusCode.NoMemory, refused.Status);
        Assert.Equal(4, children.Count);
        children[0].Dispose();
        Call.MakeChild(session.Root!);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget(IBinder root) => Call.EchoString(Call.MakeChild(root), "x");

    private static IBinder Unwrap(Served served, RpcSession session, BinderProxy child)
    {
        Call.Hold(session.Root!, child);
        return served.Service.Held!;
    }
}
