using Integration.Hosts;

namespace Integration.Microdroid;

/// <summary>The command <c>vm</c> of the installation in <c>home</c>.</summary>
internal static class VmCommand
{
    /// <summary>What a shell line that runs <c>vm</c> or VmClient begins with.</summary>
    public const string Setup = "export VMM_HOME=${VMM_HOME:-$PWD/home} DOTNET_EnableDiagnostics=0; PATH=$PWD/home:$PATH; ";

    /// <summary>A shell function that copies the installation to <c>$W/home</c>: links, but for the files that it is given, which can then be changed.</summary>
    public const string CopyHome =
        """
        copy_home() {
            mkdir -p $W/home/etc/fs $W/home/etc/apex
            for f in $(cd home && find . -type f); do ln -s $PWD/home/$f $W/home/$f 2>/dev/null; done
            for f in "$@"; do rm -f $W/home/$f; cp home/$f $W/home/$f; chmod u+w $W/home/$f; done
            export VMM_HOME=$W/home
        }
        """ + "\n";

    /// <summary>Runs a line to its end, without input.</summary>
    public static Task<CommandResult> RunVm(this Workspace work, string line, TimeSpan? timeout = null) => work.Run(Setup + line, timeout: timeout);

    /// <summary>Does things with the service of a payload, one answer a word.</summary>
    /// <param name="work">Where.</param>
    /// <param name="cid">The guest.</param>
    /// <param name="port">The service's port.</param>
    /// <param name="words">As VmClient takes them.</param>
    /// <returns>The answers, without the names of what was done.</returns>
    public static async Task<string[]> AskPayload(this Workspace work, int cid, int port, params string[] words)
    {
        CommandResult run = (await work.RunVm($"./VmClient payload {cid} {port} {string.Join(' ', words)}")).ShouldExitWith(0);
        string[] lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(words.Select(static word => word.Split(':')[0]), lines.Select(static line => line.Split(' ')[0]));
        return [.. lines.Select(static line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..])];
    }
}
