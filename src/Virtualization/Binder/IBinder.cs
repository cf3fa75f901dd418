namespace Virtualization.Binder;

/// <summary>An object that takes transactions: one of this process (<see cref="BinderObject"/>) or another's (<see cref="BinderProxy"/>).</summary>
public interface IBinder
{
    /// <summary>Whether calls can still reach the object: always for one of this process, until its session ends for a remote one.</summary>
    bool IsAlive { get; }

    /// <summary>The name of the interface that the object speaks. A remote object is asked once (<c>_NTF</c>); null when its session has ended.</summary>
    string? InterfaceDescriptor { get; }

    /// <summary>Calls the object and waits for its reply, unless the call is <see cref="TransactionFlags.OneWay"/>.</summary>
    /// <param name="code">The method: AIDL counts them from 1.</param>
    /// <param name="data">The arguments, an interface token first.</param>
    /// <param name="reply">Takes the reply, its position at the beginning; null only for a oneway call.</param>
    /// <param name="flags">How to call.</param>
    /// <exception cref="BinderException">The transaction failed as a whole: DeadObject when the session has ended, UnknownTransaction…</exception>
    void Transact(uint code, Parcel data, Parcel? reply, TransactionFlags flags = TransactionFlags.None);

    /// <summary>Asks to be told once when the object dies. An object of this process never does.</summary>
    /// <exception cref="BinderException">DeadObject: it is dead already.</exception>
    void LinkToDeath(IDeathRecipient recipient);

    /// <summary>Takes a <see cref="LinkToDeath"/> back.</summary>
    /// <returns>False when there is no such link (any more).</returns>
    bool UnlinkToDeath(IDeathRecipient recipient);
}
