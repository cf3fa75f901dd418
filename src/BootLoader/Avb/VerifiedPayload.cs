namespace BootLoader.Avb;

/// <summary>What is known of a guest's kernel and initrd once they are verified. Shared with the firmware.</summary>
public readonly ref struct VerifiedPayload
{
    /// <summary>The kernel's digest, with its salt, as it is signed.</summary>
    public Sha256Digest KernelDigest { get; init; }

    /// <summary>The initrd's digest, with its salt, as it is signed; zero without an initrd.</summary>
    public Sha256Digest InitrdDigest { get; init; }

    /// <summary>Bytes of the kernel that are verified; after them come only zeros, the vbmeta and the footer.</summary>
    public ulong KernelSize { get; init; }

    /// <summary>Whether the guest may be debugged.</summary>
    public GuestDebugLevel DebugLevel { get; init; }

    /// <summary>The rollback index of the vbmeta.</summary>
    public ulong RollbackIndex { get; init; }

    /// <summary>What the signer says of the guest.</summary>
    public GuestCapabilities Capabilities { get; init; }

    /// <summary>The page size in bytes that the guest uses; 0 when not given, which means 4096.</summary>
    public uint PageSize { get; init; }

    /// <summary>The guest's name (com.android.virt.name), printable ASCII; empty when not given. It lies in the kernel's bytes.</summary>
    public ReadOnlySpan<byte> Name { get; init; }

    /// <summary>The UUID (com.android.virt.uuid) as 36 characters; empty when not given. It lies in the kernel's bytes.</summary>
    public ReadOnlySpan<byte> Uuid { get; init; }

    /// <summary>Whether the UUID is that of the VM that provisions attestation keys.</summary>
    public bool IsRkpVm { get; init; }

    /// <summary>The public key that signed it, which is the trusted one. It lies in the kernel's bytes.</summary>
    public ReadOnlySpan<byte> PublicKey { get; init; }
}
