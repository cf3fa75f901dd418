using System.Runtime;

namespace VmPayload.Exports;

/// <summary>include/vm_payload.h, attestation: nobody attests VMs here yet, which is what these say.</summary>
internal static unsafe class AttestationFunctions
{
    private const nuint MaxChallengeLength = 64;

    // AVmAttestationStatus
    private const int Ok = 0;
    private const int InvalidChallenge = -10001;
    private const int AttestationFailed = -10002;
    private const int Unsupported = -10003;

    [RuntimeExport("AVmPayload_requestAttestation")]
    internal static int RequestAttestation(void* challenge, nuint challengeSize, void** result)
    {
        *result = null;
        return challengeSize > MaxChallengeLength ? InvalidChallenge : Unsupported;
    }

    [RuntimeExport("AVmPayload_requestAttestationForTesting")]
    internal static int RequestAttestationForTesting(void* challenge, nuint challengeSize, void** result) =>
        RequestAttestation(challenge, challengeSize, result);

    [RuntimeExport("AVmAttestationStatus_toString")]
    internal static byte* StatusToString(int status) => status switch
    {
        Ok => TextOf("the VM was attested\0"u8),
        InvalidChallenge => TextOf("the challenge is longer than 64 bytes\0"u8),
        AttestationFailed => TextOf("the VM could not be attested now; later it may work\0"u8),
        Unsupported => TextOf("nobody attests VMs here\0"u8),
        _ => TextOf("no attestation status\0"u8),
    };

    [RuntimeExport("AVmAttestationResult_free")]
    internal static void Free(void* result)
    {
        if (result != null)
        {
            RefuseResult();
        }
    }

    [RuntimeExport("AVmAttestationResult_getPrivateKey")]
    internal static nuint GetPrivateKey(void* result, void* data, nuint size) => RefuseResult();

    [RuntimeExport("AVmAttestationResult_sign")]
    internal static nuint Sign(void* result, void* message, nuint messageSize, void* data, nuint size) => RefuseResult();

    [RuntimeExport("AVmAttestationResult_getCertificateCount")]
    internal static nuint GetCertificateCount(void* result) => RefuseResult();

    [RuntimeExport("AVmAttestationResult_getCertificateAt")]
    internal static nuint GetCertificateAt(void* result, nuint index, void* data, nuint size) => RefuseResult();

    private static nuint RefuseResult()
    {
        Panic.Stop("AVmAttestationResult: there is no result: AVmPayload_requestAttestation has returned none"u8);
        return 0;
    }

    // SAFETY: the data of a literal never moves and never ends.
    private static byte* TextOf(ReadOnlySpan<byte> literal)
    {
        fixed (byte* text = literal)
        {
            return text;
        }
    }
}
