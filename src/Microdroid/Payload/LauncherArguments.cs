using System.Globalization;

namespace Microdroid.Payload;

/// <summary>The command line of microdroid_launcher, which gives up all rights before it loads the payload.</summary>
internal static class LauncherArguments
{
    /// <summary>The launcher's path in the system image.</summary>
    public const string Program = "/usr/bin/microdroid_launcher";

    /// <summary>All that the payload finds in its environment.</summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>
    {
        ["PATH"] = "/usr/bin:/bin",
        ["HOME"] = "/tmp",
        ["TMPDIR"] = "/tmp",
        ["LANG"] = "C.UTF-8",
    };

    /// <summary>What follows the launcher's name.</summary>
    public static IReadOnlyList<string> Of(PayloadCommand command, bool isDebuggable)
    {
        List<string> arguments =
        [
            "--uid", PayloadUser.Uid.ToString(CultureInfo.InvariantCulture),
            "--gid", PayloadUser.Gid.ToString(CultureInfo.InvariantCulture),
        ];
        if (isDebuggable)
        {
            arguments.Add("--debuggable");
        }

        if (!command.IsLibrary)
        {
            arguments.Add("--exec");
        }

        arguments.Add("--");
        arguments.Add(command.Path);
        return arguments;
    }
}
