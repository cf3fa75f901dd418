using Microdroid.Configuration;
using Microdroid.Failure;

namespace Microdroid.Payload;

/// <summary>The program that runs the payload, and its arguments.</summary>
/// <param name="Path">The library or program.</param>
/// <param name="IsLibrary">Whether it is a library, whose AVmPayload_main is called.</param>
internal sealed record PayloadCommand(string Path, bool IsLibrary)
{
    /// <summary>Where in an APK the libraries for this machine are.</summary>
    public const string LibraryDirectory = "lib/arm64-v8a/";

    private const int LongestName = 255;

    private static readonly string[] s_programDirectories = [PayloadConfigReader.ApkContents, "/apex/", "/mnt/extra-apk/"];

    /// <summary>What a task stands for.</summary>
    /// <param name="task">The task.</param>
    /// <param name="hasEntry">Whether the APK has a file of a name.</param>
    /// <exception cref="MicrodroidException">The name is none of a library, or the path leaves where payloads are.</exception>
    public static PayloadCommand Of(PayloadTask task, Func<string, bool> hasEntry) => task.Type switch
    {
        TaskType.MicrodroidLauncher => Library(task.Command, hasEntry),
        TaskType.Executable => Program(task.Command, hasEntry),
        _ => throw Invalid($"task type {task.Type} is not known"),
    };

    private static PayloadCommand Library(string name, Func<string, bool> hasEntry)
    {
        if (name.Length > LongestName || !IsPart(name) || !name.EndsWith(".so", StringComparison.Ordinal) || name == ".so")
        {
            throw Invalid($"'{Shown(name)}' is not the name of a library: it has no '/' and ends in .so");
        }

        string entry = LibraryDirectory + name;
        return hasEntry(entry)
            ? new PayloadCommand(PayloadConfigReader.ApkContents + entry, IsLibrary: true)
            : throw Invalid($"there is no '{entry}' in the APK");
    }

    private static PayloadCommand Program(string command, Func<string, bool> hasEntry)
    {
        // What has no directory in front lies in the APK.
        string path = command.StartsWith('/') ? command : PayloadConfigReader.ApkContents + command;
        string? directory = s_programDirectories.FirstOrDefault(directory => path.StartsWith(directory, StringComparison.Ordinal));
        if (directory is null || !path[directory.Length..].Split('/').All(IsPart))
        {
            throw Invalid($"'{Shown(command)}' is not the path of a program in {string.Join(", ", s_programDirectories)}");
        }

        return directory != PayloadConfigReader.ApkContents || hasEntry(path[directory.Length..])
            ? new PayloadCommand(path, IsLibrary: false)
            : throw Invalid($"there is no '{path[directory.Length..]}' in the APK");
    }

    private static bool IsPart(string part) => part.Length > 0 && part is not ("." or "..") && !part.Any(c => c == '/' || char.IsControl(c));

    private static string Shown(string text) => new([.. text.Take(LongestName).Select(c => char.IsControl(c) ? '?' : c)]);

    private static MicrodroidException Invalid(string message) => new(FailureReason.PayloadInvalidConfig, message);
}
