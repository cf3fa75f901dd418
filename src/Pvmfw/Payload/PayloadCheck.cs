using BootLoader.Avb;
using BootLoader.Cryptography;
using Pvmfw.DeviceTree;

namespace Pvmfw.Payload;

/// <summary>Verifies the kernel and its initial RAM disk where the host put them.</summary>
/// <remarks>
/// Nothing is copied: what is verified is what runs, unless somebody changes it in between. In a protected VM the hypervisor took these pages
/// from the host before the first instruction that reads them was done, so the host cannot; the firmware maps them read-only, so it does not.
/// In a VM that is not protected the host can change its guest's memory at any time, kernel and firmware included: there the verification finds
/// a wrong file, but holds no host off.
/// </remarks>
public static class PayloadCheck
{
    /// <summary>Verifies the payload.</summary>
    /// <param name="facts">Where it lies; checked by <see cref="PayloadPlaces"/>.</param>
    /// <param name="payload">What is known of it, when there is no reason to reboot.</param>
    public static RebootReason Verify<TCryptography, TPlatform>(scoped in TreeFacts facts, out VerifiedPayload payload)
        where TCryptography : ICryptography
        where TPlatform : struct, IPlatform
    {
        payload = default;
        if (!TPlatform.TryMapPayload(facts.Kernel.Start, facts.Kernel.Size, out ReadOnlySpan<byte> kernel))
        {
            return RebootReason.InvalidPayload;
        }

        ReadOnlySpan<byte> initrd = default;
        if (facts.Initrd.Size != 0 && !TPlatform.TryMapPayload(facts.Initrd.Start, facts.Initrd.Size, out initrd))
        {
            return RebootReason.InvalidRamdisk;
        }

        PayloadFault fault = GuestPayloadVerifier.Verify<TCryptography>(kernel, initrd, TPlatform.GuestKey, out payload);
        if (fault != PayloadFault.None)
        {
            TPlatform.WriteLine("pvmfw: the payload is refused, fault"u8, (ulong)fault);
        }

        return ReasonOf(fault);
    }

    /// <summary>The reason to reboot that a fault of the payload is.</summary>
    public static RebootReason ReasonOf(PayloadFault fault) => fault switch
    {
        PayloadFault.None => RebootReason.None,
        PayloadFault.UntrustedPublicKey => RebootReason.PublicKeyMismatch,
        PayloadFault.BadPublicKey => RebootReason.InternalError,
        PayloadFault.RamdiskMissing or PayloadFault.RamdiskNotExpected or PayloadFault.RamdiskSizeMismatch or PayloadFault.RamdiskHashMismatch =>
            RebootReason.InvalidRamdisk,
        _ => RebootReason.PayloadVerificationFailed,
    };
}
