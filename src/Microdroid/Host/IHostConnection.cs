using Virtualization.Aidl;

namespace Microdroid.Host;

/// <summary>The way to the host.</summary>
internal interface IHostConnection : IDisposable
{
    /// <summary>Connects to the host's service for this guest.</summary>
    /// <exception cref="Exception">It does not answer; whatever the exception.</exception>
    IVirtualMachineService Connect();
}
