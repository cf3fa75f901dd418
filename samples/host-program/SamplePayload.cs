using Virtualization.Binder;

/// <summary>Two methods of the interface that ../c-payload/README.md describes, called in the guest.</summary>
internal sealed class SamplePayload(IBinder remote)
{
    internal const uint Port = 5678;

    private const string Descriptor = "vmm.samples.IPayload";

    /// <summary>Method 2: the sum.</summary>
    internal int Add(int left, int right) => Call(2, left, right);

    /// <summary>Method 6: how often the instance has booted.</summary>
    internal int Boots() => Call(6);

    /// <summary>A call whose arguments and result are int, as AIDL puts them into parcels.</summary>
    private int Call(uint code, params ReadOnlySpan<int> arguments)
    {
        using Parcel call = new();
        using Parcel reply = new();
        call.WriteInterfaceToken(Descriptor);
        foreach (int argument in arguments)
        {
            call.WriteInt32(argument);
        }

        remote.Transact(code, call, reply);
        reply.ReadStatus();
        return reply.ReadInt32();
    }
}
