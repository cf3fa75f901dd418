using Virtualization.Aidl;

namespace Microdroid.Host;

/// <summary>Serves the payload its IVmPayloadService.</summary>
internal interface IPayloadServer : IDisposable
{
    /// <summary>Begins to serve.</summary>
    void Start(VmPayloadServiceStub service);
}
