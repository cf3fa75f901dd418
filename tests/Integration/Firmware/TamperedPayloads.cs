using System.Buffers.Binary;
using System.Text;
using BootLoader.Avb;
using BootLoader.Avb.Making;

namespace Integration.Firmware;

/// <summary>Kernels and ramdisks that must not start, each with one thing wrong, and a few that must.</summary>
internal static class TamperedPayloads
{
    private const string Verification = "PAYLOAD_VERIFICATION_FAILED";
    private const string Key = "PUBLIC_KEY_MISMATCH";
    private const string Ramdisk = "INVALID_RAMDISK";
    private const string Payload = "INVALID_PAYLOAD";

    // libavb, avb_vbmeta_image.h.
    private const int AlgorithmOffset = 28, DescriptorsSizeOffset = 104, RollbackIndexOffset = 112;

    private static readonly TestPayload s_genuine = new();

    /// <summary>Those that are tried on every host: one for each way of tampering.</summary>
    public static IReadOnlyList<BootCase> Few { get; } =
    [
        new("the genuine payload", null, s_genuine),
        new("one that is signed again", null, s_genuine with { Before = _ => { } }),
        new("its ramdisk for debugging", null, s_genuine) { Initrd = s_genuine.Debug },
        new("one bit of the kernel", Verification, s_genuine with { Whole = image => Flip(image, 0x50) }) { Fault = PayloadFault.KernelHashMismatch },
        new("one bit of the ramdisk", Ramdisk, s_genuine) { Initrd = Flip([.. s_genuine.Normal!], 3), Fault = PayloadFault.RamdiskHashMismatch },
        new("one bit of the vbmeta", Verification, s_genuine with { After = vbmeta => Flip(vbmeta, RollbackIndexOffset + 7) }) { Fault = PayloadFault.VbmetaHashMismatch },
        new("one bit of the signature", Verification, s_genuine with { After = vbmeta => Flip(vbmeta, VbmetaHeader.Size + 32 + 200) }) { Fault = PayloadFault.VbmetaSignatureMismatch },
        new("a strangers signature", Key, s_genuine with { Key = TestKeys.Stranger(4096) }) { Fault = PayloadFault.UntrustedPublicKey },
        new("algorithm none", Verification, s_genuine with { Key = null, Algorithm = AvbAlgorithm.None }) { Fault = PayloadFault.NotSigned },
        new("an unknown descriptor", Verification, s_genuine with { Before = vbmeta => vbmeta[TestPayload.Descriptors(vbmeta) + 7] = 9 }) { Fault = PayloadFault.UnknownDescriptor },
        new("no ramdisk", Ramdisk, s_genuine) { Initrd = null, Fault = PayloadFault.RamdiskMissing },
        new("deferred rollback protection of version 0", Payload, s_genuine with { RollbackIndex = 0 }),
    ];

    /// <summary>The others.</summary>
    public static IReadOnlyList<BootCase> Many { get; } =
    [
        new("a payload without ramdisks", null, s_genuine with { Normal = null, Debug = null }),
        new("a ramdisk that was not signed", Ramdisk, s_genuine with { Normal = null, Debug = null }) { Initrd = s_genuine.Normal, Fault = PayloadFault.RamdiskNotExpected },
        new("a ramdisk that is longer", Ramdisk, s_genuine) { Initrd = [.. s_genuine.Normal!, 0], Fault = PayloadFault.RamdiskSizeMismatch },
        new("a ramdisk that is shorter", Ramdisk, s_genuine) { Initrd = s_genuine.Normal![..^1], Fault = PayloadFault.RamdiskSizeMismatch },
        new("the debug ramdisk of a payload that has none", Ramdisk, s_genuine with { Debug = null }) { Initrd = s_genuine.Debug, Fault = PayloadFault.RamdiskSizeMismatch },
        new("the last bit of the kernel", Verification, s_genuine with { Whole = image => Flip(image, s_genuine.Code.Length - 1) }) { Fault = PayloadFault.KernelHashMismatch },
        new("a byte between kernel and vbmeta", Verification, s_genuine with { Whole = image => Flip(image, s_genuine.Code.Length) }) { Fault = PayloadFault.UnverifiedBytes },
        new("a byte between vbmeta and footer", Verification, s_genuine with { Whole = image => Flip(image, image.Length - 100) }) { Fault = PayloadFault.UnverifiedBytes },
        new("a page behind the footer", Verification, s_genuine with { Whole = image => [.. image, .. new byte[4096]] }) { Fault = PayloadFault.NoFooter },
        new("no footer", Verification, s_genuine with { Whole = image => image[..^4096] }) { Fault = PayloadFault.NoFooter },
        new("half of the footer", Verification, s_genuine with { Whole = image => image[..^32] }) { Fault = PayloadFault.NoFooter },
        new("the kernel alone", Verification, s_genuine with { Whole = image => image[..s_genuine.Code.Length] }) { Fault = PayloadFault.NoFooter },
        new("a footer of another version", Verification, s_genuine with { Whole = image => Footer(image, 4, 2) }) { Fault = PayloadFault.UnsupportedFooterVersion },
        new("a footer with a shorter kernel", Verification, s_genuine with { Whole = image => Footer(image, 12, (ulong)s_genuine.Code.Length - 4) }) { Fault = PayloadFault.UnverifiedBytes },
        new("a footer with a longer kernel", Verification, s_genuine with { Whole = image => Footer(image, 12, 4096) }) { Fault = PayloadFault.KernelSizeMismatch },
        new("a footer with a kernel over the vbmeta", Verification, s_genuine with { Whole = image => Footer(image, 12, 4097) }) { Fault = PayloadFault.FooterOutOfBounds },
        new("a footer with a vbmeta in the kernel", Verification, s_genuine with { Whole = image => Footer(image, 20, 0) }) { Fault = PayloadFault.FooterOutOfBounds },
        new("a footer with a vbmeta behind the end", Verification, s_genuine with { Whole = image => Footer(image, 20, ulong.MaxValue - 100) }) { Fault = PayloadFault.FooterOutOfBounds },
        new("a footer with a shorter vbmeta", Verification, s_genuine with { Whole = image => Footer(image, 28, 1024) }) { Fault = PayloadFault.InvalidVbmetaHeader },
        new("a footer with an endless vbmeta", Verification, s_genuine with { Whole = image => Footer(image, 28, 1UL << 40) }) { Fault = PayloadFault.FooterOutOfBounds },
        new("one bit of the magic", Verification, s_genuine with { After = vbmeta => Flip(vbmeta, 0) }) { Fault = PayloadFault.InvalidVbmetaHeader },
        new("one bit of the digest", Verification, s_genuine with { After = vbmeta => Flip(vbmeta, VbmetaHeader.Size) }) { Fault = PayloadFault.VbmetaHashMismatch },
        new("one bit of a descriptor", Verification, s_genuine with { After = vbmeta => Flip(vbmeta, TestPayload.Descriptors(vbmeta) + 140) }) { Fault = PayloadFault.VbmetaHashMismatch },
        new("one bit of the key", Key, s_genuine with { After = vbmeta => Flip(vbmeta, vbmeta.AsSpan().IndexOf(TestKeys.Guest.PublicKeyBlob) + 500) }) { Fault = PayloadFault.UntrustedPublicKey },
        new("the signature of another payload", Verification, s_genuine with { After = TakeOtherSignature }) { Fault = PayloadFault.VbmetaHashMismatch },
        new("the algorithm changed to none", Verification, s_genuine with { After = vbmeta => Write32(vbmeta, AlgorithmOffset, 0) }) { Fault = PayloadFault.BadVbmetaAlgorithm },
        new("the algorithm changed to another", Verification, s_genuine with { After = vbmeta => Write32(vbmeta, AlgorithmOffset, (uint)AvbAlgorithm.Sha512Rsa4096) }) { Fault = PayloadFault.BadVbmetaAlgorithm },
        new("a strangers shorter key", Key, s_genuine with { Key = TestKeys.Stranger(2048), Algorithm = AvbAlgorithm.Sha256Rsa2048 }) { Fault = PayloadFault.UntrustedPublicKey },
        new("the key of the firmware image", Key, s_genuine with { Key = TestKeys.Firmware }) { Fault = PayloadFault.UntrustedPublicKey },
        new("verification turned off", Verification, s_genuine with { Flags = VbmetaFlags.VerificationDisabled }) { Fault = PayloadFault.VerificationDisabled },
        new("hash trees turned off", Verification, s_genuine with { Flags = VbmetaFlags.HashtreeDisabled }) { Fault = PayloadFault.UnexpectedFlags },
        new("no descriptor of the kernel", Verification, s_genuine with { DescribesKernel = false }) { Fault = PayloadFault.KernelDescriptorMissing },
        new("two descriptors of the kernel", Verification, s_genuine with { More = [Hash("boot")] }) { Fault = PayloadFault.RepeatedPartition },
        new("two descriptors of a ramdisk", Verification, s_genuine with { More = [Hash("initrd_normal")] }) { Fault = PayloadFault.RepeatedPartition },
        new("a descriptor of another partition", Verification, s_genuine with { More = [Hash("recovery")] }) { Fault = PayloadFault.UnknownPartition },
        new("a hash by another algorithm", Verification, s_genuine with { Debug = null, More = [AvbDescriptors.Hash("initrd_debug", 5, "sha512", [], new byte[64])] }) { Fault = PayloadFault.UnsupportedHashAlgorithm },
        new("a chain to another vbmeta", Verification, s_genuine with { More = [AvbDescriptors.ChainPartition("other", 1, TestKeys.Guest.PublicKeyBlob)] }) { Fault = PayloadFault.ChainDescriptor },
        new("a hash tree", Verification, s_genuine with { More = [AvbDescriptors.Hashtree("other", 4096, 4096, 4096, "sha256", [], new byte[32])] }) { Fault = PayloadFault.HashtreeDescriptor },
        new("parameters for the kernel", Verification, s_genuine with { More = [AvbDescriptors.KernelCmdline("init=/bin/sh")] }) { Fault = PayloadFault.KernelCmdlineDescriptor },
        new("an unknown property", Verification, s_genuine with { More = [AvbDescriptors.Property("com.android.virt.colour", "red"u8)] }) { Fault = PayloadFault.UnknownProperty },
        new("an unknown capability", Verification, s_genuine with { Capabilities = "fly" }) { Fault = PayloadFault.UnknownCapability },
        new("a capability twice", Verification, s_genuine with { Capabilities = "secretkeeper_protection|secretkeeper_protection" }) { Fault = PayloadFault.RepeatedCapability },
        new("capabilities twice", Verification, s_genuine with { More = [AvbDescriptors.Property("com.android.virt.cap", "remote_attest"u8)] }) { Fault = PayloadFault.RepeatedProperty },
        new("a truncated list of descriptors", Verification, s_genuine with { Before = vbmeta => Grow(vbmeta, DescriptorsSizeOffset, -8) }) { Fault = PayloadFault.MalformedDescriptor },
        new("descriptors over the key", Verification, s_genuine with { Before = vbmeta => Grow(vbmeta, DescriptorsSizeOffset, 1032) }) { Fault = PayloadFault.InvalidVbmetaHeader },
        new("descriptors beyond the vbmeta", Verification, s_genuine with { Before = vbmeta => Grow(vbmeta, DescriptorsSizeOffset, 1 << 20) }) { Fault = PayloadFault.InvalidVbmetaHeader },
        new("a descriptor that overlaps the next", Verification, s_genuine with { Before = vbmeta => Grow(vbmeta, TestPayload.Descriptors(vbmeta) + 8, -8) }) { Fault = PayloadFault.MalformedDescriptor },
        new("a descriptor over the next", Verification, s_genuine with { Before = vbmeta => Grow(vbmeta, TestPayload.Descriptors(vbmeta) + 8, 8) }) { Fault = PayloadFault.MalformedDescriptor },
        new("an endless descriptor", Verification, s_genuine with { Before = vbmeta => Grow(vbmeta, TestPayload.Descriptors(vbmeta) + 8, long.MaxValue / 2) }) { Fault = PayloadFault.MalformedDescriptor },
        new("a name longer than its descriptor", Verification, s_genuine with { Before = vbmeta => Write32(vbmeta, TestPayload.Descriptors(vbmeta) + 56, 0xffff_fff0) }) { Fault = PayloadFault.MalformedDescriptor },
        new("a digest longer than its descriptor", Verification, s_genuine with { Before = vbmeta => Write32(vbmeta, TestPayload.Descriptors(vbmeta) + 64, 4096) }) { Fault = PayloadFault.MalformedDescriptor },
        new("a digest of no bytes", Verification, s_genuine with { Before = vbmeta => Write32(vbmeta, TestPayload.Descriptors(vbmeta) + 64, 0) }) { Fault = PayloadFault.BadDigestLength },
        new("a kernel of another signed size", Verification, s_genuine with { Before = vbmeta => Grow(vbmeta, TestPayload.Descriptors(vbmeta) + 16, 1) }) { Fault = PayloadFault.KernelSizeMismatch },
        new("a provisioning guest of another version", Payload, s_genuine with { Capabilities = "remote_attest", RollbackIndex = 2 }),
        new("a provisioning guest", null, s_genuine with { Capabilities = "remote_attest" }),
        new("no identifier", "INVALID_FDT", s_genuine) { Options = "--device-secret $W/device-secret --defer-rollback-protection" },
        new("no capability and no disk", "INTERNAL_ERROR", s_genuine with { Capabilities = null }),
        new("rollback protection that is not deferred and no disk", "INTERNAL_ERROR", s_genuine) { Options = "--device-secret $W/device-secret" },
    ];

    private static byte[] Hash(string partition) => AvbDescriptors.Hash(partition, 5, "sha256", [], new byte[32]);

    private static byte[] Flip(byte[] bytes, int at)
    {
        bytes[at] ^= 1;
        return bytes;
    }

    /// <summary>Changes a field of the footer: 4 bytes at offset 4, 8 elsewhere.</summary>
    private static byte[] Footer(byte[] image, int field, ulong value)
    {
        Span<byte> footer = image.AsSpan(image.Length - AvbFooter.Size);
        if (field == 4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(footer[field..], (uint)value);
        }
        else
        {
            BinaryPrimitives.WriteUInt64BigEndian(footer[field..], value);
        }

        return image;
    }

    private static void Write32(byte[] vbmeta, int at, uint value) => BinaryPrimitives.WriteUInt32BigEndian(vbmeta.AsSpan(at), value);

    private static void Grow(byte[] vbmeta, int at, long by)
    {
        Span<byte> field = vbmeta.AsSpan(at, sizeof(ulong));
        BinaryPrimitives.WriteUInt64BigEndian(field, BinaryPrimitives.ReadUInt64BigEndian(field) + (ulong)by);
    }

    /// <summary>Digest and signature as they are: of a payload that is genuine too.</summary>
    private static void TakeOtherSignature(byte[] vbmeta)
    {
        TestPayload other = s_genuine with { Code = [.. s_genuine.Code, .. Encoding.ASCII.GetBytes("older")] };
        other.Sign().AsSpan(other.VbmetaOffset + VbmetaHeader.Size, 32 + 512).CopyTo(vbmeta.AsSpan(VbmetaHeader.Size));
    }
}
