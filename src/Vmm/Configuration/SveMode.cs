namespace Vmm.Configuration;

/// <summary>Whether the guest gets the Scalable Vector Extension (crosvm's <c>--cpus N,sve=[auto=…]</c>).</summary>
public enum SveMode
{
    /// <summary>When the host has it.</summary>
    Auto,

    /// <summary>Never.</summary>
    Off,
}
