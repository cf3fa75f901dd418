using System.CommandLine;

namespace Vmm.CommandLine;

/// <summary>Writes the help: options grouped by what they are about, values as crosvm's users write them.</summary>
internal static class HelpText
{
    private const int DescriptionColumn = 34;

    /// <summary>The help of the whole program.</summary>
    public static void WriteRoot(TextWriter output, Command root, OptionGroup globals)
    {
        output.WriteLine("vmm: runs virtual machines on ARM64 Linux (KVM), with crosvm's machine and options");
        output.WriteLine();
        output.WriteLine("Usage: vmm [--extended-status] [--log-level LEVELS] COMMAND …");
        output.WriteLine();
        output.WriteLine("Commands:");
        foreach (var command in root.Subcommands.Where(static command => !command.Hidden))
        {
            WriteRow(output, Usage(command), command.Description);
        }

        output.WriteLine();
        WriteGroup(output, globals);
        WriteRow(output, "--version", "the version of vmm");
        WriteRow(output, "-h, --help", "this text; after a command the help of that command");
    }

    /// <summary>The help of one command.</summary>
    public static void WriteCommand(TextWriter output, Command command, IReadOnlyList<OptionGroup> groups, OptionGroup globals)
    {
        output.WriteLine($"{Path(command)}: {command.Description?.TrimEnd()}");
        output.WriteLine();
        string name = Path(command);
        output.WriteLine($"Usage: {name[..^command.Name.Length]}{Usage(command)}");
        output.WriteLine();
        if (command.Subcommands.Count > 0)
        {
            output.WriteLine("Commands:");
            foreach (var sub in command.Subcommands.Where(static sub => !sub.Hidden))
            {
                WriteRow(output, Usage(sub), sub.Description);
            }

            output.WriteLine();
        }

        foreach (var argument in command.Arguments)
        {
            WriteRow(output, argument.Name, argument.Description);
        }

        if (command.Arguments.Count > 0)
        {
            output.WriteLine();
        }

        foreach (var group in groups)
        {
            WriteGroup(output, group);
            output.WriteLine();
        }

        WriteGroup(output, globals);
        WriteRow(output, "-h, --help", "this text");
    }

    /// <summary>A command as it is typed, with those above it.</summary>
    public static string Path(Command command)
    {
        var above = command.Parents.OfType<Command>().FirstOrDefault();
        return above is null ? "vmm" : $"{Path(above)} {command.Name}";
    }

    private static string Usage(Command command)
    {
        if (command.Subcommands.Count > 0)
        {
            return $"{command.Name} COMMAND …";
        }

        var options = command.Options.Any(static option => !option.Hidden) ? " [options]" : "";
        var arguments = command.Arguments.Select(
            static argument => argument.Arity.Equals(ArgumentArity.ZeroOrOne) ? $" [{argument.Name}]" : $" {argument.Name}");
        return $"{command.Name}{options}{string.Concat(arguments)}";
    }

    private static void WriteGroup(TextWriter output, OptionGroup group)
    {
        output.WriteLine($"{group.Title}:");
        foreach (var option in group.Options)
        {
            var names = string.Join(", ", option.Aliases.Append(option.Name));
            WriteRow(output, option.HelpName is null ? names : $"{names} {option.HelpName}", option.Description);
        }
    }

    private static void WriteRow(TextWriter output, string left, string? description)
    {
        var lines = (description ?? "").Split('\n');
        var isLong = left.Length + 4 > DescriptionColumn;
        output.WriteLine(isLong ? $"  {left}" : $"  {left.PadRight(DescriptionColumn - 2)}{lines[0]}".TrimEnd());
        foreach (var line in isLong ? lines : lines[1..])
        {
            output.WriteLine($"{new string(' ', DescriptionColumn)}{line}");
        }
    }
}
