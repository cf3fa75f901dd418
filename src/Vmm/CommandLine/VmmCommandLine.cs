using System.CommandLine;
using Vmm.CommandLine.Image;
using Vmm.Configuration;
using Vmm.Listing;
using Vmm.Logging;
using Vmm.Outcome;

namespace Vmm.CommandLine;

/// <summary>The command <c>vmm</c>: from its arguments to what is done and the status of the process.</summary>
/// <param name="machine">What boots a VM.</param>
/// <param name="warn">Takes warnings about options, one line each.</param>
public sealed class VmmCommandLine(MachineCommands machine, Action<string> warn)
{
    private const string RunName = "run";

    private readonly GlobalOptions _globals = new();
    private readonly RunOptions _runOptions = new();

    /// <summary>Parses <paramref name="args"/>, refuses what is wrong with them, and does what they ask for.</summary>
    /// <param name="args">The arguments, without the program's name.</param>
    /// <param name="output">Takes what the command prints.</param>
    /// <returns>The status of the process.</returns>
    /// <exception cref="VmmException">The command failed; the message is for the user.</exception>
    public int Invoke(IReadOnlyList<string> args, TextWriter output)
    {
        // No response files: "@" begins a path or a kernel parameter like any other character. No bundles: "-mem" is a mistake for "--mem".
        var parser = new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null };
        var result = MakeRoot(args).Parse(args, parser);
        if (result.Action?.ClearsParseErrors != true)
        {
            CommandLineFaults.Refuse(result);
            if (result.GetValue(_globals.LogLevel) is { } levels)
            {
                Log.Filter = LogFilter.Parse(levels);
            }
        }

        return result.Invoke(new InvocationConfiguration { Output = output, EnableDefaultExceptionHandler = false });
    }

    /// <summary>Whether the command is <c>run</c>, whose user waits for a guest: the other commands need not be made for it.</summary>
    private bool Runs(IReadOnlyList<string> args)
    {
        int command = 0;
        while (command < args.Count && (args[command] == _globals.ExtendedStatus.Name || args[command] == _globals.LogLevel.Name))
        {
            command += args[command] == _globals.LogLevel.Name ? 2 : 1;
        }

        return command < args.Count && args[command] == RunName;
    }

    private Command MakeRoot(IReadOnlyList<string> args)
    {
        // The library's own root command is the one that knows [suggest]; it also looks texts up in resources, which every start would wait for.
        Command root = args is [['[', ..], ..] ? new RootCommand() : new Command("vmm");
        // Its --help also answers to /h and /?, which are paths here.
        root.Options.Clear();
        root.Add(Text("--version", (output, _) => output.WriteLine(VmmVersion.Text)));
        var help = Text("--help", (output, command) => WriteHelp(output, root, command), "-h");
        help.Recursive = true;
        root.Add(help);
        root.Add(_globals.ExtendedStatus);
        root.Add(_globals.LogLevel);
        root.Add(MachineCommand(RunName, "boot a guest", (config, result) => machine.Run(config).ToStatus(result.GetValue(_globals.ExtendedStatus))));
        if (Runs(args))
        {
            return root;
        }

        if (machine.Explain is { } explain)
        {
            root.Add(MachineCommand(
                "explain",
                "show the memory map, interrupts and device tree of that guest",
                (config, result) =>
                {
                    explain(config, result.InvocationConfiguration.Output);
                    return (int)ExitCode.Stop;
                }));
        }

        Command[] others = [ImageCommand.Make(), ListCommand.Make(), CheckCommand.Make(), CompletionCommand.Make()];
        foreach (var command in ControlCommands.All().Concat(ImageCommands.All()).Concat(others))
        {
            root.Add(command);
        }

        return root;
    }

    private Command MachineCommand(string name, string description, Func<VmConfig, ParseResult, int> action)
    {
        var command = new Command(name, description);
        _runOptions.AddTo(command);
        command.SetAction(result =>
        {
            var config = new RunConfigReader(_runOptions).Read(result);
            foreach (var warning in VmConfigCheck.Check(config))
            {
                warn(warning);
            }

            return action(config, result);
        });
        return command;
    }

    private void WriteHelp(TextWriter output, Command root, Command command)
    {
        if (command == root)
        {
            HelpText.WriteRoot(output, root, _globals.Group);
            return;
        }

        var groups = command.Arguments.Contains(_runOptions.Kernel) ? _runOptions.Groups : OwnOptions(command);
        HelpText.WriteCommand(output, command, groups, _globals.Group);
    }

    private static Option<bool> Text(string name, Action<TextWriter, Command> write, params string[] aliases) =>
        new(name, aliases) { Arity = ArgumentArity.Zero, Action = new TextAction(write) };

    private static IReadOnlyList<OptionGroup> OwnOptions(Command command) =>
        command.Options.Count == 0 ? [] : [new OptionGroup("Options", [.. command.Options])];
}
