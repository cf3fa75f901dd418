namespace Virtualization.Aidl;

/// <summary>Is told what happens to a VM; all calls are one-way and come in order (AVF IVirtualMachineCallback.aidl).</summary>
public interface IVirtualMachineCallback
{
    /// <summary>The name that the interface has on the wire.</summary>
    const string Descriptor = "android.system.virtualizationservice.IVirtualMachineCallback";

    /// <summary>Transaction code of <see cref="OnPayloadStarted"/>; the others follow in the order of the methods.</summary>
    const uint OnPayloadStartedTransaction = 1;

    /// <summary>Transaction code of <see cref="OnPayloadReady"/>.</summary>
    const uint OnPayloadReadyTransaction = 2;

    /// <summary>Transaction code of <see cref="OnPayloadFinished"/>.</summary>
    const uint OnPayloadFinishedTransaction = 3;

    /// <summary>Transaction code of <see cref="OnError"/>.</summary>
    const uint OnErrorTransaction = 4;

    /// <summary>Transaction code of <see cref="OnDied"/>.</summary>
    const uint OnDiedTransaction = 5;

    /// <summary>The payload has been started.</summary>
    void OnPayloadStarted(int cid);

    /// <summary>The payload says that it can serve.</summary>
    void OnPayloadReady(int cid);

    /// <summary>The payload has ended.</summary>
    void OnPayloadFinished(int cid, int exitCode);

    /// <summary>The guest says what went wrong.</summary>
    void OnError(int cid, ErrorCode errorCode, string message);

    /// <summary>The VM has died; nothing follows.</summary>
    void OnDied(int cid, DeathReason reason);
}
