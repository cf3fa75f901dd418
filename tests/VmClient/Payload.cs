using Virtualization.Binder;

namespace VmClient;

/// <summary>The service of samples/c-payload and samples/dotnet-payload, <c>vmm.samples.IPayload</c>.</summary>
/// <param name="remote">The object that serves it.</param>
internal sealed class Payload(IBinder remote)
{
    /// <summary>The interface's name.</summary>
    public const string Descriptor = "vmm.samples.IPayload";

    /// <summary>The code of <see cref="Add"/>, which callbacks have too.</summary>
    public const uint AddCode = 2;

    public byte[] Echo(byte[] bytes)
    {
        using Parcel reply = Call(1, data => data.WriteByteArray(bytes));
        return reply.ReadByteArray();
    }

    public int Add(int left, int right)
    {
        using Parcel reply = Call(AddCode, data =>
        {
            data.WriteInt32(left);
            data.WriteInt32(right);
        });
        return reply.ReadInt32();
    }

    public byte[] Secret(byte[] identifier)
    {
        using Parcel reply = Call(3, data => data.WriteByteArray(identifier));
        return reply.ReadByteArray();
    }

    public byte[]? ReadFile(string name)
    {
        using Parcel reply = Call(4, data => data.WriteString(name));
        return reply.ReadNullableByteArray();
    }

    public void WriteFile(string name, byte[] content) => Call(5, data =>
    {
        data.WriteString(name);
        data.WriteByteArray(content);
    }).Dispose();

    public int Boots()
    {
        using Parcel reply = Call(6, static _ => { });
        return reply.ReadInt32();
    }

    public int Callback(IBinder callback, int times)
    {
        using Parcel reply = Call(7, data =>
        {
            data.WriteStrongBinder(callback);
            data.WriteInt32(times);
        });
        return reply.ReadInt32();
    }

    public void Note(int number) => Send(8, number);

    public int Notes()
    {
        using Parcel reply = Call(9, static _ => { });
        return reply.ReadInt32();
    }

    public void Exit(int code) => Send(10, code);

    public bool IsNewInstance()
    {
        using Parcel reply = Call(11, static _ => { });
        return reply.ReadBoolean();
    }

    private Parcel Call(uint code, Action<Parcel> write)
    {
        using Parcel data = new();
        data.WriteInterfaceToken(Descriptor);
        write(data);
        Parcel reply = new();
        try
        {
            remote.Transact(code, data, reply);
            reply.ReadStatus();
            return reply;
        }
        catch
        {
            reply.Dispose();
            throw;
        }
    }

    private void Send(uint code, int value)
    {
        using Parcel data = new();
        data.WriteInterfaceToken(Descriptor);
        data.WriteInt32(value);
        remote.Transact(code, data, null, TransactionFlags.OneWay);
    }
}
