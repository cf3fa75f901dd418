namespace Microdroid.Payload;

/// <summary>
/// The command line of the payload. Between the manager and the payload's first instruction stands setpriv (util-linux): it becomes the payload's user, gives
/// up all capabilities and groups for ever, and starts the launcher or the program. The launcher loads the library, whose constructors run then.
/// </summary>
internal static class LauncherArguments
{
    /// <summary>What is started.</summary>
    public const string Program = "/usr/bin/setpriv";

    /// <summary>What calls a library's AVmPayload_main.</summary>
    public const string Launcher = "/usr/bin/microdroid_launcher";

    /// <summary>All that the payload finds in its environment.</summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>
    {
        ["PATH"] = "/usr/bin:/bin",
        ["HOME"] = "/tmp",
        ["TMPDIR"] = "/tmp",
        ["LANG"] = "C.UTF-8",
    };

    /// <summary>What follows <see cref="Program"/>.</summary>
    public static IReadOnlyList<string> Of(PayloadCommand command)
    {
        List<string> arguments =
        [
            $"--reuid={PayloadUser.Uid}", $"--regid={PayloadUser.Gid}", "--clear-groups",
            "--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all", "--no-new-privs", "--",
        ];
        if (command.IsLibrary)
        {
            arguments.Add(Launcher);
        }

        arguments.Add(command.Path);
        return arguments;
    }
}
