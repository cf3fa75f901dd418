using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>The host's service for one guest, on the vsock port that is the guest's own CID (AVF IVirtualMachineService.aidl).</summary>
public interface IVirtualMachineService
{
    /// <summary>The name that the interface has on the wire.</summary>
    const string Descriptor = "android.system.virtualmachineservice.IVirtualMachineService";

    /// <summary>The host's vsock port that takes tombstones.</summary>
    const int VmTombstonesServicePort = 2000;

    /// <summary>Transaction code of <see cref="NotifyPayloadStarted"/>; the others follow in the order of the methods.</summary>
    const uint NotifyPayloadStartedTransaction = 1;

    /// <summary>Transaction code of <see cref="NotifyPayloadReady"/>.</summary>
    const uint NotifyPayloadReadyTransaction = 2;

    /// <summary>Transaction code of <see cref="NotifyPayloadFinished"/>.</summary>
    const uint NotifyPayloadFinishedTransaction = 3;

    /// <summary>Transaction code of <see cref="NotifyError"/>.</summary>
    const uint NotifyErrorTransaction = 4;

    /// <summary>Transaction code of <see cref="RequestAttestation"/>.</summary>
    const uint RequestAttestationTransaction = 5;

    /// <summary>Transaction code of <see cref="GetSecretkeeper"/>.</summary>
    const uint GetSecretkeeperTransaction = 6;

    /// <summary>The payload has been started.</summary>
    void NotifyPayloadStarted();

    /// <summary>The payload says that it can serve.</summary>
    void NotifyPayloadReady();

    /// <summary>The payload has ended.</summary>
    void NotifyPayloadFinished(int exitCode);

    /// <summary>Something went wrong.</summary>
    void NotifyError(ErrorCode errorCode, string message);

    /// <summary>Asks for certificates over a key.</summary>
    /// <param name="csr">The request.</param>
    /// <param name="testMode">The certificates are for tests only.</param>
    /// <returns>The chain, leaf first.</returns>
    IReadOnlyList<Certificate> RequestAttestation(byte[] csr, bool testMode);

    /// <summary>The host's Secretkeeper; null where it has none.</summary>
    IBinder? GetSecretkeeper();
}
