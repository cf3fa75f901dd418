namespace Virtualization.Binder;

/// <summary>One object that both sides of a session know, of this side or the other. Everything is under the table's lock.</summary>
internal sealed class RpcNode(ulong address, BinderObject? local)
{
    internal ulong Address { get; } = address;

    /// <summary>The object, where it is this side's.</summary>
    internal BinderObject? Local { get; } = local;

    /// <summary>This side's reference to the other's object; weak, so that dropping the last one is seen.</summary>
    internal WeakReference<BinderProxy>? Proxy { get; set; }

    /// <summary>Counts the references that were made one after the other, so that a late end of one is not taken for the next one's.</summary>
    internal int Generation { get; set; }

    /// <summary>Whether the reference was given up, and only what the peer has not acknowledged keeps the node.</summary>
    internal bool Dropped { get; set; }

    /// <summary>The reference while the peer has not acknowledged all that was sent of it, so that it is not collected.</summary>
    internal BinderProxy? Held { get; set; }

    /// <summary>How often it was sent, in a parcel or as the target of a call, without the peer having given that back (timesSent).</summary>
    internal long TimesSent { get; set; }

    /// <summary>How often it came, without this side having given that back (timesRecd).</summary>
    internal long TimesReceived { get; set; }

    /// <summary>Whether it waits in the table's list to be given back.</summary>
    internal bool Queued { get; set; }

    /// <summary>The number of the next oneway call: to be made, where the object is the other side's; to be carried out, where it is this one's.</summary>
    internal ulong AsyncNumber { get; set; }

    /// <summary>Whether the oneway call of that number is being carried out.</summary>
    internal bool AsyncRunning { get; set; }

    /// <summary>Oneway calls that came before their turn, by their numbers.</summary>
    internal Dictionary<ulong, RpcTransaction>? Waiting { get; set; }
}
