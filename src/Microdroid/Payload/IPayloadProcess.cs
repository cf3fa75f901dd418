using Kvm.Interop.Processes;

namespace Microdroid.Payload;

/// <summary>The running payload.</summary>
internal interface IPayloadProcess : IDisposable
{
    /// <summary>Its number.</summary>
    int Id { get; }

    /// <summary>Waits for its end.</summary>
    ChildExit Wait();
}
