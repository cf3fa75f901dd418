namespace BootLoader.Avb;

/// <summary>Why a guest's kernel and initrd are refused. Values are part of no format; new ones go to the end.</summary>
public enum PayloadFault
{
    /// <summary>Nothing: the payload is genuine.</summary>
    None,

    /// <summary>The kernel does not end in an AVB footer.</summary>
    NoFooter,

    /// <summary>The footer has a major version other than 1.</summary>
    UnsupportedFooterVersion,

    /// <summary>The footer points outside the kernel's bytes.</summary>
    FooterOutOfBounds,

    /// <summary>The vbmeta is longer than 64 KiB.</summary>
    VbmetaTooLong,

    /// <summary>The footer gives the vbmeta another length than its header does.</summary>
    VbmetaSizeMismatch,

    /// <summary>The vbmeta's header is not one, or its lengths cannot be.</summary>
    InvalidVbmetaHeader,

    /// <summary>The vbmeta needs a newer verifier.</summary>
    UnsupportedVbmetaVersion,

    /// <summary>The vbmeta's algorithm is unknown or has sizes that are not its own.</summary>
    BadVbmetaAlgorithm,

    /// <summary>The vbmeta is not signed.</summary>
    NotSigned,

    /// <summary>The vbmeta holds another key than the one that is trusted.</summary>
    UntrustedPublicKey,

    /// <summary>The trusted key is not well formed.</summary>
    BadPublicKey,

    /// <summary>The vbmeta's digest is not that of its content.</summary>
    VbmetaHashMismatch,

    /// <summary>The vbmeta's signature is not the key's.</summary>
    VbmetaSignatureMismatch,

    /// <summary>The vbmeta turns verification off.</summary>
    VerificationDisabled,

    /// <summary>The vbmeta has flags that mean nothing for a guest's kernel.</summary>
    UnexpectedFlags,

    /// <summary>Bytes that no signature covers are not zero.</summary>
    UnverifiedBytes,

    /// <summary>A descriptor is not well formed.</summary>
    MalformedDescriptor,

    /// <summary>A descriptor delegates to another vbmeta.</summary>
    ChainDescriptor,

    /// <summary>A descriptor is for dm-verity.</summary>
    HashtreeDescriptor,

    /// <summary>A descriptor gives kernel parameters.</summary>
    KernelCmdlineDescriptor,

    /// <summary>A descriptor is of an unknown kind.</summary>
    UnknownDescriptor,

    /// <summary>A hash descriptor names a partition other than boot, initrd_normal and initrd_debug.</summary>
    UnknownPartition,

    /// <summary>Two hash descriptors name one partition.</summary>
    RepeatedPartition,

    /// <summary>A hash descriptor's algorithm is not SHA-256.</summary>
    UnsupportedHashAlgorithm,

    /// <summary>A hash descriptor's digest does not have 32 bytes.</summary>
    BadDigestLength,

    /// <summary>No hash descriptor names boot.</summary>
    KernelDescriptorMissing,

    /// <summary>The hash descriptor of the kernel covers another number of bytes than the footer gives.</summary>
    KernelSizeMismatch,

    /// <summary>The kernel's digest is not the signed one.</summary>
    KernelHashMismatch,

    /// <summary>No initrd was loaded, but one is signed with the kernel.</summary>
    RamdiskMissing,

    /// <summary>An initrd was loaded, but none is signed with the kernel.</summary>
    RamdiskNotExpected,

    /// <summary>The initrd has the size of none of those signed with the kernel.</summary>
    RamdiskSizeMismatch,

    /// <summary>The initrd's digest is none of those signed with the kernel.</summary>
    RamdiskHashMismatch,

    /// <summary>A property has a name that means nothing here.</summary>
    UnknownProperty,

    /// <summary>A property is there twice.</summary>
    RepeatedProperty,

    /// <summary>com.android.virt.cap names an unknown capability.</summary>
    UnknownCapability,

    /// <summary>com.android.virt.cap names a capability twice.</summary>
    RepeatedCapability,

    /// <summary>com.android.virt.page_size is not 4, 16 or 64 (KiB).</summary>
    BadPageSize,

    /// <summary>com.android.virt.name is empty, longer than 256 bytes, or not printable ASCII.</summary>
    BadName,

    /// <summary>com.android.virt.uuid is no UUID in its usual text form.</summary>
    BadUuid,
}
