namespace Virtualization.Binder;

/// <summary>An object of this process that others can call (libbinder's BBinder).</summary>
public abstract class BinderObject : IBinder
{
    /// <param name="descriptor">The name of its interface.</param>
    protected BinderObject(string descriptor)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        InterfaceDescriptor = descriptor;
    }

    /// <inheritdoc/>
    public bool IsAlive => true;

    /// <inheritdoc/>
    public string InterfaceDescriptor { get; }

    /// <inheritdoc/>
    public void Transact(uint code, Parcel data, Parcel? reply, TransactionFlags flags = TransactionFlags.None) => throw new NotImplementedException();

    /// <inheritdoc/>
    /// <remarks>An object of this process does not die: nothing is ever told.</remarks>
    public void LinkToDeath(IDeathRecipient recipient)
    {
    }

    /// <inheritdoc/>
    public bool UnlinkToDeath(IDeathRecipient recipient) => false;

    /// <summary>Serves one call, on the thread that received it; several threads may be in here at once.</summary>
    /// <param name="code">The method: AIDL counts them from 1.</param>
    /// <param name="data">The arguments, an interface token first. Valid until the method returns.</param>
    /// <param name="reply">Takes the results, a status first. What is written for a oneway call is dropped.</param>
    /// <param name="context">Who calls.</param>
    /// <exception cref="BinderException">
    /// An exception code becomes the status of the reply, whatever is written there already; a status code becomes that of the transaction,
    /// as <see cref="StatusCode.UnknownTransaction"/> for a code that is none of the interface's.
    /// </exception>
    protected abstract void OnTransact(uint code, Parcel data, Parcel reply, in CallContext context);

    /// <summary>The last reference that others held is gone: they dropped it, or their session has ended. New ones may come.</summary>
    protected virtual void OnZeroReferences()
    {
    }
}
