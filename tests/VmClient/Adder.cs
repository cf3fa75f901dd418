using Virtualization.Binder;

namespace VmClient;

/// <summary>An object of this process that a payload calls: its <c>add</c>.</summary>
internal sealed class Adder() : BinderObject(Payload.Descriptor)
{
    private int _calls;

    /// <summary>How often it was called.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <inheritdoc/>
    protected override void OnTransact(uint code, Parcel data, Parcel reply, in CallContext context)
    {
        data.EnforceInterface(Payload.Descriptor);
        if (code != Payload.AddCode)
        {
            throw new BinderException(StatusCode.UnknownTransaction);
        }

        Interlocked.Increment(ref _calls);
        int sum = data.ReadInt32() + data.ReadInt32();
        reply.WriteStatusOk();
        reply.WriteInt32(sum);
    }
}
