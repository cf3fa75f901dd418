using Microdroid.Dice;
using Virtualization.Aidl;
using Virtualization.Binder;

namespace Microdroid.Host;

/// <summary>What the manager does for the payload (AVF vm_payload_service.rs).</summary>
/// <param name="host">The host's service.</param>
/// <param name="secret">The instance's secrets.</param>
/// <param name="isNewInstance">Whether this is the instance's first boot.</param>
/// <param name="allowsRestricted">Whether the payload may have its DICE secrets themselves.</param>
internal sealed class VmPayloadService(IVirtualMachineService host, VmSecret secret, bool isNewInstance, bool allowsRestricted) : VmPayloadServiceStub
{
    /// <inheritdoc/>
    public override void NotifyPayloadReady() => host.NotifyPayloadReady();

    /// <inheritdoc/>
    public override byte[] GetVmInstanceSecret(byte[] identifier, int size)
    {
        if (size is < 0 or > VmSecret.MaximumSize)
        {
            throw new BinderException(ExceptionCode.IllegalArgument, $"size {size} not in range (0..={VmSecret.MaximumSize})");
        }

        // Pinned: the collector moves no copy of it; the stub wipes it.
        byte[] output = GC.AllocateArray<byte>(size, pinned: true);
        secret.DerivePayloadSecret(identifier, output);
        return output;
    }

    /// <inheritdoc/>
    public override byte[] GetDiceAttestationChain()
    {
        CheckRestricted();
        return secret.CopyChain();
    }

    /// <inheritdoc/>
    public override byte[] GetDiceAttestationCdi()
    {
        CheckRestricted();
        return secret.CopyAttestationCdi();
    }

    /// <inheritdoc/>
    public override AttestationResult RequestAttestation(byte[] challenge, bool testMode) =>
        throw new BinderException(ExceptionCode.UnsupportedOperation, "this guest has no remote attestation");

    /// <inheritdoc/>
    public override IBinder? GetAccessorBinder(string service) =>
        throw new BinderException(ExceptionCode.UnsupportedOperation, $"the host gives no service '{service}' to guests");

    /// <inheritdoc/>
    public override IReadOnlyList<string> GetSupportedServices() => [];

    /// <inheritdoc/>
    public override void WritePayloadRpData(byte[] data) => throw NoRollbackProtection();

    /// <inheritdoc/>
    public override byte[]? ReadPayloadRpData() => throw NoRollbackProtection();

    /// <inheritdoc/>
    public override bool IsNewInstance() => isNewInstance;

    private static BinderException NoRollbackProtection() =>
        new(ExceptionCode.UnsupportedOperation, "this guest has no storage that is protected from rollback: the host has no Secretkeeper");

    private void CheckRestricted()
    {
        if (!allowsRestricted)
        {
            throw new BinderException(ExceptionCode.Security, "Use of restricted APIs is not allowed");
        }
    }
}
