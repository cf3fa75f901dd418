namespace BootLoader.Avb;

/// <summary>What the signer of a guest's kernel says of it (property com.android.virt.cap).</summary>
[Flags]
public enum GuestCapabilities
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary><c>remote_attest</c>: it serves remote attestation.</summary>
    RemoteAttest = 1,

    /// <summary><c>secretkeeper_protection</c>: Secretkeeper protects it against rollback.</summary>
    SecretkeeperProtection = 2,

    /// <summary><c>supports_uefi_boot</c>: it is UEFI firmware.</summary>
    SupportsUefiBoot = 4,

    /// <summary><c>trusty_security_vm</c>: it is Trusty.</summary>
    TrustySecurityVm = 8,
}
