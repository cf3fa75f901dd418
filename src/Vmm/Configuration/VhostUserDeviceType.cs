namespace Vmm.Configuration;

/// <summary>The types of device that a vhost-user back end can be (<c>--vhost-user type=…</c>).</summary>
public enum VhostUserDeviceType
{
    /// <summary>A disk.</summary>
    Block,

    /// <summary>A console.</summary>
    Console,

    /// <summary>A shared folder.</summary>
    Fs,

    /// <summary>A network card.</summary>
    Net,

    /// <summary>A sound card.</summary>
    Sound,

    /// <summary>A socket device.</summary>
    Vsock,
}
