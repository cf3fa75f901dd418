using BootLoader.Avb;

namespace Vmm.CommandLine.Image;

/// <summary>Why firmware refuses a guest, in words.</summary>
internal static class PayloadFaultWords
{
    public static string Of(PayloadFault fault) => fault switch
    {
        PayloadFault.NoFooter => "the kernel does not end in an AVB footer; vmm image add-hash-footer signs it",
        PayloadFault.UnsupportedFooterVersion => "its AVB footer has an unknown version",
        PayloadFault.FooterOutOfBounds => "its AVB footer points outside the kernel",
        PayloadFault.VbmetaTooLong => "its vbmeta is longer than 64 KiB",
        PayloadFault.VbmetaSizeMismatch => "its AVB footer and its vbmeta differ about the vbmeta's length",
        PayloadFault.InvalidVbmetaHeader => "its vbmeta is none, or its lengths and offsets cannot be",
        PayloadFault.UnsupportedVbmetaVersion => "its vbmeta needs a newer verifier",
        PayloadFault.BadVbmetaAlgorithm => "its vbmeta's algorithm is unknown or does not fit its sizes",
        PayloadFault.NotSigned => "it is not signed; --algorithm and --key sign it",
        PayloadFault.UntrustedPublicKey => "it is signed by another key than the one to trust",
        PayloadFault.BadPublicKey => "the key is not well formed",
        PayloadFault.VbmetaHashMismatch => "its vbmeta was changed",
        PayloadFault.VbmetaSignatureMismatch => "its signature is not that of its key",
        PayloadFault.VerificationDisabled => "its vbmeta turns verification off",
        PayloadFault.UnexpectedFlags => "its vbmeta has flags that mean nothing for a guest's kernel",
        PayloadFault.UnverifiedBytes => "it holds bytes that no signature covers and that are not zero",
        PayloadFault.MalformedDescriptor => "a descriptor is malformed",
        PayloadFault.ChainDescriptor => "it chains another partition, which a guest's kernel must not",
        PayloadFault.HashtreeDescriptor => "it describes a hash tree, which a guest's kernel must not",
        PayloadFault.KernelCmdlineDescriptor => "it gives kernel parameters, which a guest's kernel must not",
        PayloadFault.UnknownDescriptor => "it has a descriptor of an unknown kind",
        PayloadFault.UnknownPartition => "it describes a partition other than boot, initrd_normal and initrd_debug",
        PayloadFault.RepeatedPartition => "it describes a partition twice",
        PayloadFault.UnsupportedHashAlgorithm => "a digest is not made with sha256",
        PayloadFault.BadDigestLength => "a digest does not have 32 bytes",
        PayloadFault.KernelDescriptorMissing => "it does not describe the partition boot; --partition_name boot does",
        PayloadFault.KernelSizeMismatch => "its AVB footer and its descriptor differ about the kernel's size",
        PayloadFault.KernelHashMismatch => "the kernel's digest is not the signed one",
        PayloadFault.RamdiskMissing => "an initrd is signed with it, but none was given",
        PayloadFault.RamdiskNotExpected => "no initrd is signed with it, but one was given",
        PayloadFault.RamdiskSizeMismatch => "the initrd has the size of none that is signed with it",
        PayloadFault.RamdiskHashMismatch => "the initrd's digest is none of those signed with it",
        PayloadFault.UnknownProperty => "it has a property whose name is unknown",
        PayloadFault.RepeatedProperty => "it has a property twice",
        PayloadFault.UnknownCapability => "com.android.virt.cap names an unknown capability",
        PayloadFault.RepeatedCapability => "com.android.virt.cap names a capability twice",
        PayloadFault.BadPageSize => "com.android.virt.page_size is not 4, 16 or 64",
        PayloadFault.BadName => "com.android.virt.name is empty, too long or not printable ASCII",
        PayloadFault.BadUuid => "com.android.virt.uuid is no UUID",
        _ => $"{fault}",
    };
}
