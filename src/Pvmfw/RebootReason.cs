namespace Pvmfw;

/// <summary>Why the firmware does not start the guest. Each has one fixed line, which <see cref="RebootReasonText"/> gives.</summary>
/// <remarks>
/// A host's manager of VMs knows the causes by these lines. Two of them are older than the rest, and are the two for which such a manager has
/// a death reason of its own; so they are given wherever they say what happened: <see cref="PublicKeyMismatch"/> and <see cref="InstanceImageChanged"/>.
/// </remarks>
public enum RebootReason
{
    /// <summary>The guest is started.</summary>
    None,

    /// <summary>The DICE hand-over in the configuration data is malformed, or its chain does not end in the key of its secrets.</summary>
    InvalidBcc,

    /// <summary>The configuration data behind the firmware has no valid header, or its entries break a rule.</summary>
    InvalidConfigData,

    /// <summary>The firmware or the platform below it failed: no randomness, no room, an instance disk that cannot be read or written.</summary>
    InternalError,

    /// <summary>The host's device tree breaks a rule, or the window it lies in does.</summary>
    InvalidFdt,

    /// <summary>There is no kernel, it lies where it must not, or its rollback index is not the one that is demanded.</summary>
    InvalidPayload,

    /// <summary>The initial RAM disk is none of those that the kernel's signature names, is missing or superfluous, or lies where it must not.</summary>
    InvalidRamdisk,

    /// <summary>The kernel's signature does not verify, or what it signs breaks a rule.</summary>
    PayloadVerificationFailed,

    /// <summary>The guest's secrets or certificate could not be derived.</summary>
    SecretDerivationFailed,

    /// <summary>The kernel is signed, but with another key than the one built into the firmware.</summary>
    PublicKeyMismatch,

    /// <summary>
    /// The instance image is not this guest's: its record was not made under this device's secrets, was altered, or is of other code, another
    /// signer or another mode.
    /// </summary>
    InstanceImageChanged,
}
