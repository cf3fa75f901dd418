using Virtualization.Aidl;
using Virtualization.Binder;
using VirtualizationService.Life;

namespace VirtualizationService.Rpc;

/// <summary>The service of one guest, reached through its own port of the host. The guest is not trusted: what it says concerns itself only.</summary>
internal sealed class GuestService(VmInstance vm) : VirtualMachineServiceStub
{
    private const int LongestMessage = 4096;

    /// <inheritdoc/>
    public override void NotifyPayloadStarted() => Answer.To(vm.PayloadStarted);

    /// <inheritdoc/>
    public override void NotifyPayloadReady() => Answer.To(vm.PayloadReady);

    /// <inheritdoc/>
    public override void NotifyPayloadFinished(int exitCode) => Answer.To(() => vm.PayloadFinished(exitCode));

    /// <inheritdoc/>
    public override void NotifyError(ErrorCode errorCode, string message)
    {
        ErrorCode known = Enum.IsDefined(errorCode) ? errorCode : ErrorCode.Unknown;
        string text = new([.. (message ?? "").Take(LongestMessage).Select(static c => char.IsControl(c) ? ' ' : c)]);
        Answer.To(() => vm.Error(known, text));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Certificate> RequestAttestation(byte[] csr, bool testMode) =>
        throw new BinderException(ExceptionCode.UnsupportedOperation, "remote attestation is not supported by this host");

    /// <inheritdoc/>
    public override IBinder? GetSecretkeeper() => null;
}
