using Virtualization.Aidl;

namespace Virtualization;

/// <summary>A way to an <see cref="IVirtualizationService"/>; the VMs that it makes end with it.</summary>
internal interface IServiceConnection : IAsyncDisposable
{
    /// <summary>The service, as soon as it is reached; the task fails with <see cref="VirtualMachineException"/>.</summary>
    Task<IVirtualizationService> Service { get; }

    /// <summary>Refuses a host on which the service could run no VM.</summary>
    /// <exception cref="VirtualMachineException">It cannot; the message says what to do.</exception>
    void RequireHost();
}
