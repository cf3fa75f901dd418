using System.CommandLine;
using Vmm.CommandLine;

namespace Vm.CommandLine;

/// <summary>Writes the help: options grouped by what they are about.</summary>
internal static class HelpText
{
    private const int DescriptionColumn = 32;

    private static readonly Dictionary<Command, IReadOnlyList<OptionGroup>> s_groups = [];
    private static readonly Dictionary<Command, string> s_notes = [];

    /// <summary>Has a command's options shown in groups, and adds them to it.</summary>
    public static void Group(Command command, string notes, params IReadOnlyList<OptionGroup> groups)
    {
        foreach (Option option in groups.SelectMany(static group => group.Options))
        {
            command.Add(option);
        }

        s_groups[command] = groups;
        s_notes[command] = notes;
    }

    /// <summary>The help of the whole program.</summary>
    public static void WriteRoot(TextWriter output, Command root)
    {
        output.WriteLine("vm: runs payloads in virtual machines, with the commands of Android's vm");
        output.WriteLine();
        output.WriteLine("Usage: vm COMMAND …");
        output.WriteLine();
        output.WriteLine("Commands:");
        foreach (Command command in root.Subcommands)
        {
            WriteRow(output, Usage(command), command.Description);
        }

        output.WriteLine();
        output.WriteLine("Options:");
        WriteRow(output, "--version", "the version of vm");
        WriteRow(output, "-h, --help", "this text; after a command the help of that command");
        output.WriteLine();
        output.WriteLine("VMM_HOME names the directory of virtmgr, where it is neither beside vm nor on PATH.");
    }

    /// <summary>The help of one command.</summary>
    public static void WriteCommand(TextWriter output, Command command)
    {
        output.WriteLine($"vm {command.Name}: {command.Description}");
        output.WriteLine();
        output.WriteLine($"Usage: vm {Usage(command)}");
        output.WriteLine();
        foreach (Argument argument in command.Arguments)
        {
            WriteRow(output, argument.Name, argument.Description);
        }

        if (command.Arguments.Count > 0)
        {
            output.WriteLine();
        }

        IReadOnlyList<OptionGroup> groups = s_groups.GetValueOrDefault(command) ?? [];
        foreach (OptionGroup group in groups)
        {
            WriteGroup(output, group);
            output.WriteLine();
        }

        if (groups.Count == 0)
        {
            WriteGroup(output, new OptionGroup("Options", [.. command.Options]));
        }

        WriteRow(output, "-h, --help", "this text");
        if (s_notes.TryGetValue(command, out string? notes) && notes.Length > 0)
        {
            output.WriteLine();
            output.WriteLine(notes);
        }
    }

    private static string Usage(Command command)
    {
        string options = command.Options.Count > 0 ? " [options]" : "";
        IEnumerable<string> arguments = command.Arguments.Select(
            static argument => argument.Arity.Equals(ArgumentArity.ZeroOrOne) ? $" [{argument.Name}]" : $" {argument.Name}");
        return $"{command.Name}{options}{string.Concat(arguments)}";
    }

    private static void WriteGroup(TextWriter output, OptionGroup group)
    {
        output.WriteLine($"{group.Title}:");
        foreach (Option option in group.Options.Where(static option => !option.Hidden))
        {
            string names = string.Join(", ", option.Aliases.Append(option.Name));
            WriteRow(output, option.HelpName is null ? names : $"{names} {option.HelpName}", option.Description);
        }
    }

    private static void WriteRow(TextWriter output, string left, string? description)
    {
        string[] lines = (description ?? "").Split('\n');
        bool isLong = left.Length + 4 > DescriptionColumn;
        output.WriteLine(isLong ? $"  {left}" : $"  {left.PadRight(DescriptionColumn - 2)}{lines[0]}".TrimEnd());
        foreach (string line in isLong ? lines : lines[1..])
        {
            output.WriteLine($"{new string(' ', DescriptionColumn)}{line}");
        }
    }
}
