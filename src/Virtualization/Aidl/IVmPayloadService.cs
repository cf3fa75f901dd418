using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>What the guest's manager does for the payload, on a Unix socket in the guest (AVF IVmPayloadService.aidl).</summary>
/// <remarks>Codes 1 to 5 are Android 15's; what later versions added follows.</remarks>
public interface IVmPayloadService
{
    /// <summary>The name that the interface has on the wire.</summary>
    const string Descriptor = "android.system.virtualization.payload.IVmPayloadService";

    /// <summary>The name of the socket, in <c>/run</c> of the guest.</summary>
    const string VmPayloadServiceSocketName = "vm_payload_service";

    /// <summary>Where the APK's content is in the guest.</summary>
    const string VmApkContentsPath = "/mnt/apk";

    /// <summary>Where the encrypted storage is in the guest, when there is one.</summary>
    const string EncryptedstoreMountpoint = "/mnt/encryptedstore";

    /// <summary>Service-specific error: the request for attestation or its key could not be made.</summary>
    const int StatusFailedToPrepareCsrAndKey = 1;

    /// <summary>Bytes in a secret with protection against rollback.</summary>
    const int RpDataLength = 32;

    /// <summary>Transaction code of <see cref="NotifyPayloadReady"/>; the others follow in the order of the methods.</summary>
    const uint NotifyPayloadReadyTransaction = 1;

    /// <summary>Transaction code of <see cref="GetVmInstanceSecret"/>.</summary>
    const uint GetVmInstanceSecretTransaction = 2;

    /// <summary>Transaction code of <see cref="GetDiceAttestationChain"/>.</summary>
    const uint GetDiceAttestationChainTransaction = 3;

    /// <summary>Transaction code of <see cref="GetDiceAttestationCdi"/>.</summary>
    const uint GetDiceAttestationCdiTransaction = 4;

    /// <summary>Transaction code of <see cref="RequestAttestation"/>.</summary>
    const uint RequestAttestationTransaction = 5;

    /// <summary>Transaction code of <see cref="GetAccessorBinder"/>.</summary>
    const uint GetAccessorBinderTransaction = 6;

    /// <summary>Transaction code of <see cref="GetSupportedServices"/>.</summary>
    const uint GetSupportedServicesTransaction = 7;

    /// <summary>Transaction code of <see cref="WritePayloadRpData"/>.</summary>
    const uint WritePayloadRpDataTransaction = 8;

    /// <summary>Transaction code of <see cref="ReadPayloadRpData"/>.</summary>
    const uint ReadPayloadRpDataTransaction = 9;

    /// <summary>Transaction code of <see cref="IsNewInstance"/>.</summary>
    const uint IsNewInstanceTransaction = 10;

    /// <summary>Tells the host that the payload can serve.</summary>
    void NotifyPayloadReady();

    /// <summary>A secret that only this instance has.</summary>
    /// <param name="identifier">Which of its secrets.</param>
    /// <param name="size">Its length in bytes, 1 to 32.</param>
    byte[] GetVmInstanceSecret(byte[] identifier, int size);

    /// <summary>The guest's DICE chain; SECURITY where the payload may not have it.</summary>
    byte[] GetDiceAttestationChain();

    /// <summary>The guest's attestation CDI; SECURITY where the payload may not have it.</summary>
    byte[] GetDiceAttestationCdi();

    /// <summary>Asks for a key with a chain of certificates.</summary>
    /// <param name="challenge">At most 64 bytes.</param>
    /// <param name="testMode">The certificates are for tests only.</param>
    AttestationResult RequestAttestation(byte[] challenge, bool testMode);

    /// <summary>An object that makes connections to a service of the host.</summary>
    IBinder? GetAccessorBinder(string service);

    /// <summary>The names of the host's services that the payload can reach.</summary>
    IReadOnlyList<string> GetSupportedServices();

    /// <summary>Keeps a secret of <see cref="RpDataLength"/> bytes where it cannot be rolled back.</summary>
    void WritePayloadRpData(byte[] data);

    /// <summary>Reads it back; null when there is none.</summary>
    byte[]? ReadPayloadRpData();

    /// <summary>Whether this is the first boot of the instance.</summary>
    bool IsNewInstance();
}
