using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>How much one user of this host may have, and has. 0 is no limit.</summary>
public sealed class UserLimits : IParcelable
{
    /// <summary>The most VMs at a time.</summary>
    public int MaxVms { get; set; }

    /// <summary>The most memory of all of them, in MiB.</summary>
    public int MaxMemoryMib { get; set; }

    /// <summary>The VMs that there are.</summary>
    public int Vms { get; set; }

    /// <summary>Their memory, in MiB.</summary>
    public int MemoryMib { get; set; }

    /// <inheritdoc/>
    public void WriteTo(Parcel p)
    {
        p.WriteInt32(MaxVms);
        p.WriteInt32(MaxMemoryMib);
        p.WriteInt32(Vms);
        p.WriteInt32(MemoryMib);
    }

    /// <inheritdoc/>
    public void ReadFrom(Parcel p)
    {
        MaxVms = p.ReadInt32();
        MaxMemoryMib = p.ReadInt32();
        Vms = p.ReadInt32();
        MemoryMib = p.ReadInt32();
    }
}
