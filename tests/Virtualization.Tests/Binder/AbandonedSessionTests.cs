using System.Runtime.CompilerServices;
using Kvm.Interop.Sockets;
using Virtualization.Binder;

namespace Virtualization.Tests.Binder;

/// <summary>Streams that are closed behind a session's back. A mistake here ends the process: it would be on threads on which nobody catches anything.</summary>
public class AbandonedSessionTests
{
    [Fact]
    public void Sessions_that_nobody_holds_are_collected_with_their_streams_and_the_server_forgets_them()
    {
        using Served served = new();
        for (int i = 0; i < 20; i++)
        {
            Abandon(served);
        }

        Eventually.True(
            () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return served.Server.SessionCount == 0;
            },
            "no session");
        Eventually.True(() => served.Service.Children.TrueForAll(child => child.ZeroReferencesCount == 1), "every object is given back");
        Assert.Empty(served.Unhandled);
    }

    [Fact]
    public void A_stream_that_its_maker_closes_ends_the_session_and_disposing_both_is_harmless()
    {
        using Served served = new();
        using StreamConnection stream = StreamConnection.ConnectUnix(served.Path);
        using RpcSession session = RpcSession.Connect(() => stream);
        stream.Dispose();
        Assert.Equal(StatusCode.DeadObject, Assert.Throws<BinderException>(() => Call.EchoString(session.Root!, "x")).Status);
        Assert.IsType<ObjectDisposedException>(session.EndReason);
    }

    [Fact]
    public void A_stream_that_its_maker_closes_while_the_server_reads_ends_its_session_alone()
    {
        using Served served = new();
        (StreamConnection ours, StreamConnection theirs) = StreamConnection.CreatePair();
        served.Server.ServeConnection(theirs);
        using RpcSession session = RpcSession.Connect(() => ours);
        using RpcSession other = served.Connect();

        // The descriptor stays open as long as the server's thread waits at it.
        theirs.Dispose();
        Assert.Equal(StatusCode.DeadObject, Assert.Throws<BinderException>(() => Call.EchoString(session.Root!, "x")).Status);
        Assert.Equal("y", Call.EchoString(other.Root!, "y"));
        Eventually.True(() => served.Server.SessionCount == 1, "one session");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Abandon(Served served)
    {
        RpcSession session = served.Connect();
        for (int i = 0; i < 4; i++)
        {
            Assert.True(Call.MakeChild(session.Root!).IsAlive);
        }
    }
}
