using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>A VM that runs, for <c>vm list</c> (AVF VirtualMachineDebugInfo.aidl).</summary>
public sealed class VirtualMachineDebugInfo : IParcelable
{
    /// <summary>Its CID.</summary>
    public int Cid { get; set; }

    /// <summary>The path of its directory for files that last as long as it.</summary>
    public string TemporaryDirectory { get; set; } = "";

    /// <summary>The user that asked for it.</summary>
    public int RequesterUid { get; set; }

    /// <summary>The process that asked for it; it may be gone, and its number another's.</summary>
    public int RequesterPid { get; set; }

    /// <summary>The path of its console's terminal, if it has one.</summary>
    public string? HostConsoleName { get; set; }

    /// <inheritdoc/>
    public void WriteTo(Parcel p)
    {
        p.WriteInt32(Cid);
        p.WriteString(TemporaryDirectory);
        p.WriteInt32(RequesterUid);
        p.WriteInt32(RequesterPid);
        p.WriteString(HostConsoleName);
    }

    /// <inheritdoc/>
    public void ReadFrom(Parcel p)
    {
        Cid = p.ReadInt32();
        TemporaryDirectory = p.ReadRequiredString();
        RequesterUid = p.ReadInt32();
        RequesterPid = p.ReadInt32();
        HostConsoleName = p.ReadString();
    }
}
