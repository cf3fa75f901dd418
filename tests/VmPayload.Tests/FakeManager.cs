using System.Security.Cryptography;
using Virtualization.Aidl;
using Virtualization.Binder;

namespace VmPayload.Tests;

/// <summary>The manager's service without a manager.</summary>
internal sealed class FakeManager : VmPayloadServiceStub
{
    private int _ready;
    private byte[]? _rpData;

    internal static byte[] Chain { get; } = [.. Enumerable.Range(0, 300).Select(i => (byte)i)];

    internal int Ready => Volatile.Read(ref _ready);

    internal bool Refuses { get; set; }

    internal bool New { get; set; }

    public override void NotifyPayloadReady() => Interlocked.Increment(ref _ready);

    public override byte[] GetVmInstanceSecret(byte[] identifier, int size)
    {
        RefuseWhenTold();
        return SecretOf(identifier, size);
    }

    public override byte[] GetDiceAttestationChain()
    {
        RefuseWhenTold();
        return Chain;
    }

    public override byte[] GetDiceAttestationCdi()
    {
        RefuseWhenTold();
        return "cdi"u8.ToArray();
    }

    public override AttestationResult RequestAttestation(byte[] challenge, bool testMode) =>
        throw new BinderException(ExceptionCode.UnsupportedOperation, "nobody attests");

    public override IBinder? GetAccessorBinder(string service) => null;

    public override IReadOnlyList<string> GetSupportedServices() => [];

    public override void WritePayloadRpData(byte[] data)
    {
        RefuseWhenTold();
        _rpData = data;
    }

    public override byte[]? ReadPayloadRpData()
    {
        RefuseWhenTold();
        return _rpData;
    }

    public override bool IsNewInstance() => New;

    internal static byte[] SecretOf(byte[] identifier, int size) => SHA256.HashData(identifier)[..size];

    private void RefuseWhenTold()
    {
        if (Refuses)
        {
            throw new BinderException(ExceptionCode.Security, "this payload may not");
        }
    }
}
