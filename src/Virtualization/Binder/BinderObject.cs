namespace Virtualization.Binder;

/// <summary>An object of this process that others can call (libbinder's BBinder).</summary>
public abstract class BinderObject : IBinder
{
    private static readonly CallContext s_ownProcess = new(null, new RpcPeer(null, OwnUser(), Environment.ProcessId), TransactionFlags.None);

    /// <summary>Sessions whose peer has a reference.</summary>
    private int _remoteReferences;

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
    /// <remarks>Carried out on the calling thread, oneway or not.</remarks>
    public void Transact(uint code, Parcel data, Parcel? reply, TransactionFlags flags = TransactionFlags.None)
    {
        ArgumentNullException.ThrowIfNull(data);
        bool oneWay = (flags & TransactionFlags.OneWay) != 0;
        if (!oneWay)
        {
            ArgumentNullException.ThrowIfNull(reply);
        }

        data.Position = 0;
        using Parcel? dropped = oneWay ? new Parcel() : null;
        Parcel results = dropped ?? reply!;
        results.Clear();
        StatusCode status = Execute(code, data, results, s_ownProcess.With(flags), null);
        results.Position = 0;
        if (status != StatusCode.Ok && !oneWay)
        {
            throw new BinderException(status);
        }
    }

    /// <inheritdoc/>
    /// <remarks>An object of this process does not die: nothing is ever told.</remarks>
    public void LinkToDeath(IDeathRecipient recipient) => ArgumentNullException.ThrowIfNull(recipient);

    /// <inheritdoc/>
    public bool UnlinkToDeath(IDeathRecipient recipient) => false;

    /// <summary>Serves a call and turns what it throws into what the caller gets.</summary>
    internal StatusCode Execute(uint code, Parcel data, Parcel reply, in CallContext context, Action<Exception>? unhandled)
    {
        try
        {
            if (!AnswerMeta(code, reply))
            {
                OnTransact(code, data, reply, context);
            }

            return StatusCode.Ok;
        }
        catch (BinderException e) when (e.Exception == ExceptionCode.TransactionFailed)
        {
            reply.Clear();
            return e.Status;
        }
        catch (Exception e)
        {
            ExceptionCode exception = e switch
            {
                BinderException binder => binder.Exception,
                ArgumentNullException => ExceptionCode.NullPointer,
                ArgumentException => ExceptionCode.IllegalArgument,
                ObjectDisposedException or InvalidOperationException => ExceptionCode.IllegalState,
                NotSupportedException => ExceptionCode.UnsupportedOperation,
                UnauthorizedAccessException => ExceptionCode.Security,
                _ => ExceptionCode.None,
            };
            reply.Clear();
            if (exception == ExceptionCode.None)
            {
                unhandled?.Invoke(e);
                return StatusCode.UnknownError;
            }

            reply.WriteStatus(exception, e.Message, (e as ServiceSpecificException)?.Code ?? 0);
            return StatusCode.Ok;
        }
    }

    internal void AddRemoteReference() => Interlocked.Increment(ref _remoteReferences);

    internal void RemoveRemoteReference(Action<Exception>? unhandled)
    {
        if (Interlocked.Decrement(ref _remoteReferences) != 0)
        {
            return;
        }

        try
        {
            OnZeroReferences();
        }
        catch (Exception e)
        {
            unhandled?.Invoke(e);
        }
    }

    /// <summary>Serves one call, on the thread that received it; several threads may be in here at once.</summary>
    /// <param name="code">The method: AIDL counts them from 1.</param>
    /// <param name="data">The arguments, an interface token first. Valid until the method returns.</param>
    /// <param name="reply">Takes the results, a status first. What is written for a oneway call is dropped.</param>
    /// <param name="context">Who calls.</param>
    /// <exception cref="BinderException">
    /// An exception code becomes the status of the reply, whatever is written there already; a status code becomes that of the transaction,
    /// as <see cref="StatusCode.UnknownTransaction"/> for a code that is none of the interface's.
    /// </exception>
    /// <exception cref="ArgumentException">IllegalArgument for the caller; likewise InvalidOperationException (IllegalState), NotSupportedException
    /// (UnsupportedOperation) and UnauthorizedAccessException (Security). All else is UnknownError.</exception>
    protected abstract void OnTransact(uint code, Parcel data, Parcel reply, in CallContext context);

    /// <summary>The last reference that others held is gone: they dropped it, or their session has ended. New ones may come.</summary>
    /// <remarks>Called on the thread that learned of it, which serves no other call meanwhile.</remarks>
    protected virtual void OnZeroReferences()
    {
    }

    private static uint OwnUser()
    {
        (Kvm.Interop.Sockets.StreamConnection first, Kvm.Interop.Sockets.StreamConnection second) = Kvm.Interop.Sockets.StreamConnection.CreatePair();
        using (first)
        using (second)
        {
            return first.PeerCredentials()?.Uid ?? uint.MaxValue;
        }
    }

    private bool AnswerMeta(uint code, Parcel reply)
    {
        switch (code)
        {
            case MetaTransaction.Ping:
            case MetaTransaction.SystemProperties:
            case MetaTransaction.Dump: // nothing is said to the descriptor
                return true;
            case MetaTransaction.Interface:
                reply.WriteString(InterfaceDescriptor);
                return true;
            case MetaTransaction.DebugPid:
                reply.WriteInt32(Environment.ProcessId);
                return true;
            case MetaTransaction.Extension:
                reply.WriteStrongBinder(null);
                return true;
            default:
                return false;
        }
    }
}
