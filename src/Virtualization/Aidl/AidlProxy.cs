using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>The client side of an AIDL interface: each method becomes a transaction on <see cref="Remote"/>.</summary>
public abstract class AidlProxy : IDisposable
{
    private readonly string _descriptor;

    private protected AidlProxy(IBinder remote, string descriptor)
    {
        ArgumentNullException.ThrowIfNull(remote);
        Remote = remote;
        _descriptor = descriptor;
    }

    /// <summary>The object that the methods are called on.</summary>
    public IBinder Remote { get; }

    /// <summary>The binder of an interface's implementation: the object itself on the server's side, what it stands for on the client's.</summary>
    /// <exception cref="ArgumentException">It is neither a stub nor a proxy, so no other process could call it.</exception>
    public static IBinder BinderOf(object implementation) => implementation switch
    {
        IBinder binder => binder,
        AidlProxy proxy => proxy.Remote,
        _ => throw new ArgumentException($"{implementation?.GetType().Name ?? "null"} is neither a stub nor a proxy of an AIDL interface", nameof(implementation)),
    };

    /// <summary>Gives the reference back, where it is one to another process's object.</summary>
    public void Dispose()
    {
        (Remote as IDisposable)?.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected Parcel Request()
    {
        Parcel data = new();
        data.WriteInterfaceToken(_descriptor);
        return data;
    }

    private protected void Call(uint code) => Call(code, Request());

    private protected void Call(uint code, Parcel data) => Call(code, data, static _ => true);

    private protected T Call<T>(uint code, Func<Parcel, T> read) => Call(code, Request(), read);

    private protected T Call<T>(uint code, Parcel data, Func<Parcel, T> read)
    {
        using (data)
        using (Parcel reply = new())
        {
            Remote.Transact(code, data, reply);
            reply.ReadStatus();
            return read(reply);
        }
    }

    private protected void CallOneWay(uint code, Parcel data)
    {
        using (data)
        {
            Remote.Transact(code, data, null, TransactionFlags.OneWay);
        }
    }
}
