namespace BootLoader.Avb;

/// <summary>The properties of a guest's kernel. Shared with the firmware.</summary>
internal ref struct GuestPayloadProperties
{
    /// <summary>Bytes of the longest name.</summary>
    private const int MaximumName = 256;

    /// <summary>com.android.virt.cap.</summary>
    public GuestCapabilities Capabilities;

    /// <summary>com.android.virt.page_size in bytes, or 0.</summary>
    public uint PageSize;

    /// <summary>com.android.virt.name, or empty.</summary>
    public ReadOnlySpan<byte> Name;

    /// <summary>com.android.virt.uuid, or empty.</summary>
    public ReadOnlySpan<byte> Uuid;

    private bool _hasCapabilities;

    /// <summary>Whether the UUID is that of the VM that provisions attestation keys.</summary>
    public readonly bool IsRkpVm
    {
        get
        {
            ReadOnlySpan<byte> rkpVm = "ae6b8440-3bb3-4424-90d4-eb588c260149"u8;
            if (Uuid.Length != rkpVm.Length)
            {
                return false;
            }

            for (int i = 0; i < rkpVm.Length; i++)
            {
                if (Lower(Uuid[i]) != rkpVm[i])
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>Takes one property.</summary>
    public PayloadFault Add(AvbDescriptor descriptor)
    {
        if (!PropertyDescriptor.TryRead(descriptor, out PropertyDescriptor property))
        {
            return PayloadFault.MalformedDescriptor;
        }

        ReadOnlySpan<byte> value = property.Value;
        if (property.Key.SequenceEqual("com.android.virt.cap"u8))
        {
            return AddCapabilities(value);
        }

        if (property.Key.SequenceEqual("com.android.virt.page_size"u8))
        {
            return AddPageSize(value);
        }

        if (property.Key.SequenceEqual("com.android.virt.name"u8))
        {
            return AddName(value);
        }

        return property.Key.SequenceEqual("com.android.virt.uuid"u8) ? AddUuid(value) : PayloadFault.UnknownProperty;
    }

    private PayloadFault AddCapabilities(ReadOnlySpan<byte> value)
    {
        if (_hasCapabilities)
        {
            return PayloadFault.RepeatedProperty;
        }

        _hasCapabilities = true;
        while (true)
        {
            int separator = value.IndexOf((byte)'|');
            GuestCapabilities capability = Capability(separator < 0 ? value : value[..separator]);
            if (capability == GuestCapabilities.None)
            {
                return PayloadFault.UnknownCapability;
            }

            if ((Capabilities & capability) != 0)
            {
                return PayloadFault.RepeatedCapability;
            }

            Capabilities |= capability;
            if (separator < 0)
            {
                return PayloadFault.None;
            }

            value = value[(separator + 1)..];
        }
    }

    private PayloadFault AddPageSize(ReadOnlySpan<byte> value)
    {
        if (PageSize != 0)
        {
            return PayloadFault.RepeatedProperty;
        }

        // In KiB. These are the granules of the architecture.
        PageSize = value.SequenceEqual("4"u8) ? 4u << 10 : value.SequenceEqual("16"u8) ? 16u << 10 : value.SequenceEqual("64"u8) ? 64u << 10 : 0;
        return PageSize != 0 ? PayloadFault.None : PayloadFault.BadPageSize;
    }

    private PayloadFault AddName(ReadOnlySpan<byte> value)
    {
        if (Name.Length != 0)
        {
            return PayloadFault.RepeatedProperty;
        }

        if (value.Length is 0 or > MaximumName)
        {
            return PayloadFault.BadName;
        }

        // It goes into a text string of a certificate and onto a console.
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] is < 0x20 or > 0x7e)
            {
                return PayloadFault.BadName;
            }
        }

        Name = value;
        return PayloadFault.None;
    }

    private PayloadFault AddUuid(ReadOnlySpan<byte> value)
    {
        if (Uuid.Length != 0)
        {
            return PayloadFault.RepeatedProperty;
        }

        if (value.Length != 36)
        {
            return PayloadFault.BadUuid;
        }

        for (int i = 0; i < value.Length; i++)
        {
            bool dash = i is 8 or 13 or 18 or 23;
            bool digit = Lower(value[i]) is (>= (byte)'0' and <= (byte)'9') or (>= (byte)'a' and <= (byte)'f');
            if (dash ? value[i] != (byte)'-' : !digit)
            {
                return PayloadFault.BadUuid;
            }
        }

        Uuid = value;
        return PayloadFault.None;
    }

    private static GuestCapabilities Capability(ReadOnlySpan<byte> name)
    {
        if (name.SequenceEqual("remote_attest"u8))
        {
            return GuestCapabilities.RemoteAttest;
        }

        if (name.SequenceEqual("secretkeeper_protection"u8))
        {
            return GuestCapabilities.SecretkeeperProtection;
        }

        if (name.SequenceEqual("supports_uefi_boot"u8))
        {
            return GuestCapabilities.SupportsUefiBoot;
        }

        return name.SequenceEqual("trusty_security_vm"u8) ? GuestCapabilities.TrustySecurityVm : GuestCapabilities.None;
    }

    private static byte Lower(byte letter) => letter is >= (byte)'A' and <= (byte)'Z' ? (byte)(letter + 0x20) : letter;
}
