using Kvm.Interop.Sockets;
using Virtualization.Binder;

namespace Virtualization.Tests.Binder;

public class DeathTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_client_is_told_of_the_death_of_its_server_with_or_without_a_thread_that_reads(int incoming)
    {
        using Served served = new();
        using RpcSession session = served.Connect(incoming: incoming);
        Recipient recipient = new();
        session.Root!.LinkToDeath(recipient);
        using ManualResetEventSlim ended = new();
        session.Ended += (_, _) => ended.Set();
        served.Dispose();
        Assert.True(recipient.Died.Wait(TimeSpan.FromSeconds(10)));
        Assert.True(ended.Wait(TimeSpan.FromSeconds(10)));
        Assert.Same(session.Root, recipient.Who);
        Assert.False(session.IsAlive);
        Assert.False(session.Root!.IsAlive);
        Assert.Equal(StatusCode.DeadObject, Assert.Throws<BinderException>(() => session.Root!.LinkToDeath(recipient)).Status);
    }

    [Fact]
    public void A_server_is_told_of_the_death_of_a_client_whose_object_it_holds()
    {
        using Served served = new();
        RpcSession session = served.Connect(incoming: 1);
        Call.Hold(session.Root!, new TestService());
        Recipient recipient = new();
        served.Service.Held!.LinkToDeath(recipient);
        session.Dispose();
        Assert.True(recipient.Died.Wait(TimeSpan.FromSeconds(10)));
        Eventually.True(() => served.Server.SessionCount == 0, "no session");
    }

    [Fact]
    public void Who_has_unlinked_is_not_told()
    {
        using Served served = new();
        using RpcSession session = served.Connect();
        Recipient stays = new();
        Recipient goes = new();
        session.Root!.LinkToDeath(stays);
        session.Root!.LinkToDeath(goes);
        Assert.True(session.Root!.UnlinkToDeath(goes));
        Assert.False(session.Root!.UnlinkToDeath(goes));
        session.Dispose();
        Assert.True(stays.Died.Wait(TimeSpan.FromSeconds(10)));
        Assert.False(goes.Died.IsSet);
    }

    [Fact]
    public void A_server_disposed_while_calls_run_fails_them_and_leaves_no_thread()
    {
        Served served = new(maxThreads: 4);
        using RpcSession session = served.Connect(outgoing: 4);
        IBinder root = session.Root!;
        using CountdownEvent running = new(4);
        Task<Exception?>[] callers = [.. Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
            () => CallUntilItFails(root, running), TaskCreationOptions.LongRunning))];
        Assert.True(running.Wait(TimeSpan.FromSeconds(10)));
        served.Dispose();
        Assert.True(Task.WaitAll(callers, TimeSpan.FromSeconds(10)));
        Assert.All(callers, caller => Assert.Equal(StatusCode.DeadObject, Assert.IsType<BinderException>(caller.Result).Status));
        Assert.True(served.Server.Completion.IsCompleted);
        Assert.False(File.Exists(served.Path));
    }

    [Fact]
    public void A_session_disposed_by_another_thread_fails_the_call_that_waits()
    {
        using Served served = new();
        served.Service.Gate.Reset();
        RpcSession session = served.Connect();
        Task<Exception?> caller = Task.Run<Exception?>(() => Record.Exception(() => Call.Wait(session.Root!)));
        Thread.Sleep(50);
        session.Dispose();
        Assert.Equal(StatusCode.DeadObject, Assert.IsType<BinderException>(caller.Result).Status);
        served.Service.Gate.Set();
    }

    [Fact]
    public void Whatever_byte_the_connection_is_cut_at_the_client_gets_a_clear_failure_and_the_server_forgets_it()
    {
        using Served served = new();
        foreach (bool toServer in (bool[])[true, false])
        {
            int length = Cut(served, toServer, int.MaxValue);
            Assert.InRange(length, 150, 2000);
            for (int limit = 0; limit < length; limit += 3)
            {
                Cut(served, toServer, limit);
            }
        }

        Eventually.True(() => served.Server.SessionCount == 0, "no session");
        using RpcSession session = served.Connect();
        Assert.Equal("x", Call.EchoString(session.Root!, "x"));
        Assert.Empty(served.Unhandled);
    }

    private static Exception? CallUntilItFails(IBinder root, CountdownEvent running)
    {
        try
        {
            Call.EchoString(root, "first");
            running.Signal();
            while (true)
            {
                Call.EchoString(root, "x");
            }
        }
        catch (BinderException e)
        {
            return e;
        }
    }

    /// <summary>A conversation through a pipe that breaks after so many bytes in one direction.</summary>
    /// <returns>Bytes that went in that direction.</returns>
    private static int Cut(Served served, bool toServer, int limit)
    {
        (StreamConnection client, StreamConnection near) = StreamConnection.CreatePair();
        StreamConnection far = StreamConnection.ConnectUnix(served.Path);
        int passed = 0;
        void Pass(StreamConnection from, StreamConnection to, bool counted)
        {
            byte[] bytes = new byte[4096];
            int left = counted ? limit : int.MaxValue;
            int received;
            while (left > 0 && (received = from.Receive(bytes.AsSpan(0, Math.Min(bytes.Length, left)), null, wait: true)) > 0)
            {
                if (to.Send(bytes.AsSpan(0, received), [], wait: true) != received)
                {
                    break;
                }

                left -= received;
                passed += counted ? received : 0;
            }

            near.ShutDown();
            far.ShutDown();
        }

        Task up = Task.Factory.StartNew(() => Pass(near, far, toServer), TaskCreationOptions.LongRunning);
        Task down = Task.Factory.StartNew(() => Pass(far, near, !toServer), TaskCreationOptions.LongRunning);
        try
        {
            using RpcSession session = RpcSession.Connect(() => client, new RpcSessionOptions { ConnectTimeout = TimeSpan.FromSeconds(10) });
            Assert.Equal("x", Call.EchoString(session.Root!, "x"));
            using BinderProxy child = Call.MakeChild(session.Root!);
            Call.SendNote(child, 1);
            Call.EchoString(child, "y");
        }
        catch (BinderException e) when (limit != int.MaxValue)
        {
            Assert.Equal(StatusCode.DeadObject, e.Status);
        }

        Assert.True(Task.WaitAll([up, down], TimeSpan.FromSeconds(10)));
        near.Dispose();
        far.Dispose();
        return passed;
    }

    private sealed class Recipient : IDeathRecipient
    {
        internal ManualResetEventSlim Died { get; } = new();

        internal IBinder? Who { get; private set; }

        public void BinderDied(IBinder who)
        {
            Who = who;
            Died.Set();
        }
    }
}
