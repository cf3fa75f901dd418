using Virtualization.Binder;

namespace Virtualization.Tests.Wire;

/// <summary>The other end of a proxy: keeps what was called, and answers what the test has prepared.</summary>
internal sealed class RecordingBinder : IBinder
{
    public bool IsAlive => true;

    public string? InterfaceDescriptor => null;

    public uint Code { get; private set; }

    public TransactionFlags Flags { get; private set; }

    public string Token { get; private set; } = "";

    /// <summary>Writes the reply after its status.</summary>
    public Action<Parcel> Answer { get; init; } = static _ => { };

    public void Transact(uint code, Parcel data, Parcel? reply, TransactionFlags flags = TransactionFlags.None)
    {
        (Code, Flags) = (code, flags);
        data.Position = 0;
        Token = data.ReadString()!;
        if (reply is not null)
        {
            reply.WriteStatusOk();
            Answer(reply);
            reply.Position = 0;
        }
    }

    public void LinkToDeath(IDeathRecipient recipient)
    {
    }

    public bool UnlinkToDeath(IDeathRecipient recipient) => false;
}
