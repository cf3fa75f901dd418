namespace VirtualizationService;

/// <summary>Where the programs and images of this installation lie.</summary>
/// <param name="Home">The directory that holds <c>virtmgr</c>, <c>vmm</c> and <c>etc</c>.</param>
public sealed record Installation(string Home)
{
    /// <summary>What names the directory, before all else.</summary>
    public const string Variable = "VMM_HOME";

    /// <summary>The VMM's program.</summary>
    public string Vmm => Path.Combine(Home, "vmm");

    /// <summary>Where the operating systems' templates and images are.</summary>
    public string Etc => Path.Combine(Home, "etc");

    /// <summary>The administrator's policy, before the installation's own.</summary>
    public IReadOnlyList<string> PolicyFiles => ["/etc/vmm/policy.json", Path.Combine(Home, "policy.json")];

    /// <summary>The one that <c>VMM_HOME</c> names, else the directory of this program.</summary>
    public static Installation Find() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } home ? new Installation(Path.GetFullPath(home)) : new Installation(OfProgram());

    private static string OfProgram()
    {
        string? directory = Path.GetDirectoryName(Environment.ProcessPath);
        return directory is not null && File.Exists(Path.Combine(directory, "virtmgr")) ? directory : "/usr/lib/vmm";
    }
}
