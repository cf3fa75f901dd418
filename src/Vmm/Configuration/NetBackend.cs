namespace Vmm.Configuration;

/// <summary>What a network card of the guest is joined to.</summary>
public enum NetBackend
{
    /// <summary>A tap interface, by its name.</summary>
    TapName,

    /// <summary>An open queue of a tap interface, by the number of its descriptor.</summary>
    TapFd,

    /// <summary>A tap interface that is made for the VM, with an address for the host.</summary>
    NewTap,

    /// <summary>passt: the host's own connections, without any privilege.</summary>
    Passt,
}
