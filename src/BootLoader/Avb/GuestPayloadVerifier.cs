using BootLoader.Cryptography;

namespace BootLoader.Avb;

/// <summary>
/// Verifies a guest's kernel and initrd as protected-VM firmware does (Android Virtualization Framework, guest/pvmfw/avb): one vbmeta at the
/// kernel's end, signed by one trusted key, with digests of the kernel and of its initrds. Shared with the firmware.
/// </summary>
public static class GuestPayloadVerifier
{
    /// <summary>
    /// Decides whether a guest may run. Nobody else may be able to write to the bytes from before this call until the guest runs: what is
    /// verified must be what runs.
    /// </summary>
    /// <typeparam name="TCryptography">The primitives.</typeparam>
    /// <param name="kernel">The kernel as it was loaded, to the last byte of its footer.</param>
    /// <param name="initrd">The initrd as it was loaded; empty for none.</param>
    /// <param name="trustedPublicKey">The one key that may sign guests (<see cref="AvbPublicKey"/>).</param>
    /// <param name="payload">What is now known; empty unless the result is <see cref="PayloadFault.None"/>.</param>
    /// <returns>The first reason to refuse.</returns>
    public static PayloadFault Verify<TCryptography>(
        ReadOnlySpan<byte> kernel, ReadOnlySpan<byte> initrd, ReadOnlySpan<byte> trustedPublicKey, out VerifiedPayload payload)
        where TCryptography : ICryptography
    {
        payload = default;
        PayloadFault fault = FindVbmeta(kernel, out AvbFooter footer);
        if (fault != PayloadFault.None)
        {
            return fault;
        }

        ReadOnlySpan<byte> vbmeta = kernel.Slice((int)footer.VbmetaOffset, (int)footer.VbmetaSize);
        fault = VerifyVbmeta<TCryptography>(vbmeta, trustedPublicKey, out VbmetaImage image);
        if (fault != PayloadFault.None)
        {
            return fault;
        }

        if (image.Bytes.Length != vbmeta.Length)
        {
            return PayloadFault.VbmetaSizeMismatch;
        }

        if (HasUnverifiedBytes(kernel, footer, image))
        {
            return PayloadFault.UnverifiedBytes;
        }

        fault = GuestPayloadDescriptors.Read(image, out GuestPayloadDescriptors descriptors);
        if (fault != PayloadFault.None)
        {
            return fault;
        }

        if (descriptors.Kernel.ImageSize != footer.OriginalImageSize)
        {
            return PayloadFault.KernelSizeMismatch;
        }

        if (!Matches<TCryptography>(kernel[..(int)footer.OriginalImageSize], descriptors.Kernel))
        {
            return PayloadFault.KernelHashMismatch;
        }

        fault = VerifyRamdisk<TCryptography>(initrd, descriptors, out Sha256Digest initrdDigest, out GuestDebugLevel debugLevel);
        if (fault != PayloadFault.None)
        {
            return fault;
        }

        payload = new VerifiedPayload
        {
            KernelDigest = new Sha256Digest(descriptors.Kernel.Digest),
            InitrdDigest = initrdDigest,
            KernelSize = footer.OriginalImageSize,
            DebugLevel = debugLevel,
            RollbackIndex = image.Header.RollbackIndex,
            Capabilities = descriptors.Properties.Capabilities,
            PageSize = descriptors.Properties.PageSize,
            Name = descriptors.Properties.Name,
            Uuid = descriptors.Properties.Uuid,
            IsRkpVm = descriptors.Properties.IsRkpVm,
            PublicKey = image.PublicKey,
        };
        return PayloadFault.None;
    }

    private static PayloadFault FindVbmeta(ReadOnlySpan<byte> kernel, out AvbFooter footer)
    {
        PayloadFault fault = AvbFooter.Read(kernel, out footer) switch
        {
            AvbFooterResult.Ok => PayloadFault.None,
            AvbFooterResult.NoFooter => PayloadFault.NoFooter,
            AvbFooterResult.UnsupportedVersion => PayloadFault.UnsupportedFooterVersion,
            _ => PayloadFault.FooterOutOfBounds,
        };
        return fault == PayloadFault.None && footer.VbmetaSize > VbmetaHeader.MaximumImage ? PayloadFault.VbmetaTooLong : fault;
    }

    /// <summary>The key is compared before it is used: the arithmetic never sees a key that nobody trusts.</summary>
    private static PayloadFault VerifyVbmeta<TCryptography>(ReadOnlySpan<byte> vbmeta, ReadOnlySpan<byte> trustedPublicKey, out VbmetaImage image)
        where TCryptography : ICryptography
    {
        VbmetaResult result = VbmetaImage.Open(vbmeta, out image);
        if (result == VbmetaResult.Ok && image.Header.Algorithm != AvbAlgorithm.None)
        {
            if (!TCryptography.AreEqual(image.PublicKey, trustedPublicKey))
            {
                return PayloadFault.UntrustedPublicKey;
            }

            result = VbmetaVerifier.Verify<TCryptography>(vbmeta, out image);
        }
        else if (result == VbmetaResult.Ok)
        {
            result = VbmetaResult.OkNotSigned;
        }

        PayloadFault fault = result switch
        {
            VbmetaResult.Ok => PayloadFault.None,
            VbmetaResult.OkNotSigned => PayloadFault.NotSigned,
            VbmetaResult.UnsupportedVersion => PayloadFault.UnsupportedVbmetaVersion,
            VbmetaResult.BadAlgorithm => PayloadFault.BadVbmetaAlgorithm,
            VbmetaResult.HashMismatch => PayloadFault.VbmetaHashMismatch,
            VbmetaResult.BadKey => PayloadFault.BadPublicKey,
            VbmetaResult.SignatureMismatch => PayloadFault.VbmetaSignatureMismatch,
            _ => PayloadFault.InvalidVbmetaHeader,
        };
        if (fault != PayloadFault.None)
        {
            return fault;
        }

        // An unlocked device may honour these flags; firmware is always locked.
        if ((image.Header.Flags & VbmetaFlags.VerificationDisabled) != 0)
        {
            return PayloadFault.VerificationDisabled;
        }

        return image.Header.Flags == VbmetaFlags.None ? PayloadFault.None : PayloadFault.UnexpectedFlags;
    }

    /// <summary>Beyond libavb: what no signature covers must be zero, so that a host can hand nothing to the guest under a kernel's name.</summary>
    private static bool HasUnverifiedBytes(ReadOnlySpan<byte> kernel, scoped in AvbFooter footer, scoped in VbmetaImage image)
    {
        int vbmeta = (int)footer.VbmetaOffset;
        int footerStart = kernel.Length - AvbFooter.Size;
        return !IsZero(kernel[(int)footer.OriginalImageSize..vbmeta]) ||
            !IsZero(kernel[(vbmeta + image.Bytes.Length)..footerStart]) ||
            !IsZero(kernel[(footerStart + AvbFooter.ReservedOffset)..]) ||
            HasUnverifiedBytes(image);
    }

    private static bool HasUnverifiedBytes(scoped in VbmetaImage image)
    {
        VbmetaHeader header = image.Header;
        ReadOnlySpan<byte> authentication = image.Authentication;
        for (int i = 0; i < authentication.Length; i++)
        {
            bool used = (ulong)i - header.HashOffset < header.HashSize || (ulong)i - header.SignatureOffset < header.SignatureSize;
            if (!used && authentication[i] != 0)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsZero(ReadOnlySpan<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != 0)
            {
                return false;
            }
        }

        return true;
    }

    private static PayloadFault VerifyRamdisk<TCryptography>(
        ReadOnlySpan<byte> initrd, scoped in GuestPayloadDescriptors descriptors, out Sha256Digest digest, out GuestDebugLevel debugLevel)
        where TCryptography : ICryptography
    {
        digest = default;
        debugLevel = GuestDebugLevel.None;
        bool signed = descriptors.HasNormalRamdisk || descriptors.HasDebugRamdisk;
        if (initrd.Length == 0)
        {
            return signed ? PayloadFault.RamdiskMissing : PayloadFault.None;
        }

        if (!signed)
        {
            return PayloadFault.RamdiskNotExpected;
        }

        bool normalSize = descriptors.HasNormalRamdisk && descriptors.NormalRamdisk.ImageSize == (ulong)initrd.Length;
        if (normalSize && Matches<TCryptography>(initrd, descriptors.NormalRamdisk))
        {
            digest = new Sha256Digest(descriptors.NormalRamdisk.Digest);
            return PayloadFault.None;
        }

        bool debugSize = descriptors.HasDebugRamdisk && descriptors.DebugRamdisk.ImageSize == (ulong)initrd.Length;
        if (debugSize && Matches<TCryptography>(initrd, descriptors.DebugRamdisk))
        {
            digest = new Sha256Digest(descriptors.DebugRamdisk.Digest);
            debugLevel = GuestDebugLevel.Full;
            return PayloadFault.None;
        }

        return normalSize || debugSize ? PayloadFault.RamdiskHashMismatch : PayloadFault.RamdiskSizeMismatch;
    }

    private static bool Matches<TCryptography>(ReadOnlySpan<byte> image, scoped in HashDescriptor descriptor)
        where TCryptography : ICryptography
    {
        Span<byte> digest = stackalloc byte[Sha256Digest.Size];
        TCryptography.Sha256(descriptor.Salt, image, digest);
        return TCryptography.AreEqual(digest, descriptor.Digest);
    }
}
