using System.Buffers.Binary;

namespace Virtualization.Binder;

/// <content>References that are given back, by either side.</content>
public sealed partial class RpcSession
{
    /// <summary>DEC_STRONG messages that go in front of another message in one piece.</summary>
    private const int GiveBacksAtOnce = 4;

    private const int GiveBackSize = RpcWire.HeaderSize + RpcWire.DecStrongSize;

    /// <summary>After so many oneway calls in a row the references that the peer gave back meanwhile are taken from the socket.</summary>
    private const int OneWaysBeforeLook = 32;

    private static readonly TimeSpan s_firstLook = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan s_lastLook = TimeSpan.FromSeconds(1);

    /// <summary>Whether a task looks for what the peer acknowledges.</summary>
    private int _looking;

    /// <summary>Gives a reference back.</summary>
    internal void Drop(BinderProxy proxy, bool collected)
    {
        Nodes.Drop(proxy.Node, proxy.Generation);
        if (!IsAlive)
        {
            return;
        }

        if (!collected)
        {
            LookAtIdle();
        }
        else if (Nodes.HasToGiveBack)
        {
            // The finalizer's thread may not wait for a peer.
            ThreadPool.UnsafeQueueUserWorkItem(static session => session.LookAtIdle(), this, preferLocal: false);
        }

        LookLater();
    }

    /// <summary>Takes what the peer gave back by connections that nobody uses, and gives back by them. Where there is none, whoever uses one does it.</summary>
    private void LookAtIdle()
    {
        RpcConnection[] connections;
        lock (_gate)
        {
            connections = [.. _outgoing];
        }

        foreach (RpcConnection connection in connections)
        {
            if (TryAcquire(connection))
            {
                try
                {
                    Drain(connection);
                }
                catch (Exception e) when (IsEnd(e))
                {
                    End(e);
                }
                finally
                {
                    FinishUse(connection);
                }
            }
        }
    }

    /// <summary>
    /// A reference that was given up right behind oneway calls can go back only when the peer has carried them out, and says so on a connection that
    /// perhaps nobody uses any more.
    /// </summary>
    private void LookLater()
    {
        if (Nodes.HasUnacknowledged && Interlocked.Exchange(ref _looking, 1) == 0)
        {
            _ = LookUntilAcknowledged();
        }
    }

    private async Task LookUntilAcknowledged()
    {
        TimeSpan pause = s_firstLook;
        while (IsAlive && Nodes.HasUnacknowledged)
        {
            await Task.Delay(pause).ConfigureAwait(false);
            LookAtIdle();
            pause = pause < s_lastLook ? pause * 2 : s_lastLook;
        }

        Volatile.Write(ref _looking, 0);
        LookLater(); // for one that was given up in between
    }

    /// <summary>Gives back what has collected, then leaves the connection to others.</summary>
    private void FinishUse(RpcConnection connection)
    {
        try
        {
            // A connection that is used by a call further up is about to send something anyway.
            if (Nodes.HasToGiveBack && connection.Uses == 1 && connection.Nesting == 0 && IsAlive)
            {
                SendGiveBacks(connection, keepAtMost: 0, _drain);
            }
        }
        catch (Exception e) when (IsEnd(e))
        {
            End(e);
        }
        finally
        {
            Release(connection);
        }
    }

    /// <summary>Puts what is to be given back in front of a message.</summary>
    /// <returns>Bytes written.</returns>
    private int PutGiveBacks(RpcConnection connection, Span<byte> head, Parcel parcel)
    {
        if (!Nodes.HasToGiveBack)
        {
            return 0;
        }

        // Descriptors go with the first byte that is sent, which must be their own message's.
        bool alone = !parcel.Descriptors.IsEmpty;
        SendGiveBacks(connection, alone ? 0 : GiveBacksAtOnce, null);
        return alone ? 0 : Nodes.TakeGiveBacks(head[..(GiveBacksAtOnce * GiveBackSize)]);
    }

    /// <summary>Sends what is to be given back, down to a few.</summary>
    private void SendGiveBacks(RpcConnection connection, int keepAtMost, Action<RpcConnection>? drain)
    {
        Span<byte> messages = stackalloc byte[64 * GiveBackSize];
        while (Nodes.GiveBackCount > keepAtMost)
        {
            int length = Nodes.TakeGiveBacks(messages);
            if (length > 0)
            {
                connection.Send(messages[..length], [], [], [], drain);
            }
        }

        EndIfSpent();
    }

    private void ProcessDecStrong(RpcConnection connection, RpcHeader header)
    {
        if (header.BodySize != RpcWire.DecStrongSize)
        {
            throw new RpcProtocolException($"a message that gives references back has a body of {header.BodySize} bytes instead of {RpcWire.DecStrongSize}");
        }

        Span<byte> body = stackalloc byte[RpcWire.DecStrongSize];
        connection.Read(body);
        Nodes.DecStrong(BinaryPrimitives.ReadUInt64LittleEndian(body), BinaryPrimitives.ReadUInt32LittleEndian(body[8..]));
        EndIfSpent();
    }

    /// <summary>A server has nothing more to say to a client that has given its last object back, as in Android.</summary>
    private void EndIfSpent()
    {
        if (_server is not null && Nodes.IsSpent)
        {
            End(null);
        }
    }

    /// <summary>Now and then takes what the peer gave back while nobody read here, so that it does not fill the socket.</summary>
    private void LookForGiveBacks(RpcConnection connection)
    {
        if (++connection.UnreadOneWays >= OneWaysBeforeLook)
        {
            Drain(connection);
        }
    }

    /// <summary>Takes what can be read without waiting, on a connection on which the peer only gives back.</summary>
    private void Drain(RpcConnection connection)
    {
        connection.UnreadOneWays = 0;
        while (connection.HasInput())
        {
            if (!connection.TryReadHeader(out RpcHeader header))
            {
                throw new RpcProtocolException("the peer has closed the connection");
            }

            Process(connection, header, controlOnly: true);
        }
    }
}
