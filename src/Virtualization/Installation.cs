namespace Virtualization;

/// <summary>Where the programs and images are that VMs are made with.</summary>
public sealed class Installation
{
    /// <summary>The environment variable that names the directory.</summary>
    public const string HomeVariable = "VMM_HOME";

    private const string ServiceName = "virtmgr";
    private const string Default = "/usr/lib/vmm";

    /// <summary>An installation in a directory.</summary>
    /// <param name="home">Its path.</param>
    public Installation(string home) => Home = Path.GetFullPath(home);

    /// <summary>The directory.</summary>
    public string Home { get; }

    /// <summary>The program that serves this process.</summary>
    public string Virtmgr => Path.Combine(Home, ServiceName);

    /// <summary>The payload of a VM that needs none (<c>vm run-microdroid</c>).</summary>
    public string EmptyPayloadApk => Path.Combine(Home, "etc", "EmptyPayload.apk");

    /// <summary>Looks where <c>VMM_HOME</c> says; else beside the running program; else where <c>PATH</c> has virtmgr; else in /usr/lib/vmm.</summary>
    /// <exception cref="VirtualMachineException">There is none.</exception>
    public static Installation Find() => Find(
        Environment.GetEnvironmentVariable(HomeVariable), AppContext.BaseDirectory, Environment.GetEnvironmentVariable("PATH"), Default);

    internal static Installation Find(string? home, string programDirectory, string? path, string lastResort)
    {
        if (!string.IsNullOrEmpty(home))
        {
            return File.Exists(Path.Combine(home, ServiceName))
                ? new Installation(home)
                : throw new VirtualMachineException($"{HomeVariable} is '{home}', where there is no {ServiceName}");
        }

        IEnumerable<string> places = [programDirectory, .. (path ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries), lastResort];
        foreach (string place in places)
        {
            string program = Path.Combine(place, ServiceName);
            if (File.Exists(program))
            {
                // A link in /usr/bin leads to the directory that also has the images.
                string target = File.ResolveLinkTarget(program, returnFinalTarget: true)?.FullName ?? program;
                return new Installation(Path.GetDirectoryName(target)!);
            }
        }

        throw new VirtualMachineException(
            $"{ServiceName} is neither beside this program nor on PATH nor in {lastResort}: install it, or set {HomeVariable} to its directory");
    }
}
