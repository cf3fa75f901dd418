namespace Virtualization;

/// <summary>How a <see cref="VirtualMachineManager"/> works.</summary>
public sealed record VirtualMachineManagerOptions
{
    /// <summary>Where VMs are kept, in <c>vm/NAME</c>; null for <c>$XDG_DATA_HOME/vmm</c>, which is <c>~/.local/share/vmm</c> unless that is set.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>Where the programs are; null to look for them (<see cref="Virtualization.Installation.Find()"/>).</summary>
    public Installation? Installation { get; init; }

    internal Func<IServiceConnection>? Connect { get; init; }

    internal static string DefaultDataDirectory()
    {
        string? data = Environment.GetEnvironmentVariable("XDG_DATA_HOME");
        // The specification of base directories says to ignore a relative path.
        return Path.Combine(
            data is not null && Path.IsPathRooted(data) ? data : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local/share"),
            "vmm");
    }
}
