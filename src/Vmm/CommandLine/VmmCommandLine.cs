using System.CommandLine;
using System.CommandLine.Help;
using Vmm.Configuration;
using Vmm.Logging;
using Vmm.Outcome;

namespace Vmm.CommandLine;

/// <summary>The command <c>vmm</c>: from its arguments to what is done and the status of the process.</summary>
public sealed class VmmCommandLine
{
    private readonly GlobalOptions _globals = new();
    private readonly RunOptions _runOptions = new();
    private readonly RootCommand _root = new();
    private readonly Action<string> _warn;

    /// <summary>Makes the commands.</summary>
    /// <param name="machine">What boots a VM.</param>
    /// <param name="warn">Takes warnings about options, one line each.</param>
    public VmmCommandLine(MachineCommands machine, Action<string> warn)
    {
        _warn = warn;
        _root.Add(_globals.ExtendedStatus);
        _root.Add(_globals.LogLevel);
        AddMachineCommand("run", "boot a guest", (config, result) => machine.Run(config).ToStatus(result.GetValue(_globals.ExtendedStatus)));
        if (machine.Explain is { } explain)
        {
            AddMachineCommand(
                "explain",
                "show the memory map, interrupts and device tree of that guest",
                (config, result) =>
                {
                    explain(config, result.InvocationConfiguration.Output);
                    return (int)ExitCode.Stop;
                });
        }

        foreach (var command in ControlCommands.All().Append(CheckCommand.Make()).Append(CompletionCommand.Make()))
        {
            _root.Add(command);
        }

        ReplaceBuiltInOptions();
    }

    /// <summary>Parses <paramref name="args"/>, refuses what is wrong with them, and does what they ask for.</summary>
    /// <param name="args">The arguments, without the program's name.</param>
    /// <param name="output">Takes what the command prints.</param>
    /// <returns>The status of the process.</returns>
    /// <exception cref="VmmException">The command failed; the message is for the user.</exception>
    public int Invoke(IReadOnlyList<string> args, TextWriter output)
    {
        // No response files: "@" begins a path or a kernel parameter like any other character. No bundles: "-mem" is a mistake for "--mem".
        var parser = new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null };
        var result = _root.Parse(args, parser);
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

    private void AddMachineCommand(string name, string description, Func<VmConfig, ParseResult, int> action)
    {
        var command = new Command(name, description);
        _runOptions.AddTo(command);
        command.SetAction(result =>
        {
            var config = new RunConfigReader(_runOptions).Read(result);
            foreach (var warning in VmConfigCheck.Check(config))
            {
                _warn(warning);
            }

            return action(config, result);
        });
        _root.Add(command);
    }

    private void ReplaceBuiltInOptions()
    {
        // The library's own also answer to /h and /?, which are paths here.
        _root.Options.Remove(_root.Options.OfType<HelpOption>().Single());
        _root.Add(new HelpOption("--help", "-h") { Action = new TextAction(WriteHelp) });
        _root.Options.OfType<VersionOption>().Single().Action = new TextAction(static (output, _) => output.WriteLine(VmmVersion.Text));
    }

    private void WriteHelp(TextWriter output, Command command)
    {
        if (command == _root)
        {
            HelpText.WriteRoot(output, _root, _globals.Group);
            return;
        }

        var groups = command.Arguments.Contains(_runOptions.Kernel) ? _runOptions.Groups : OwnOptions(command);
        HelpText.WriteCommand(output, command, groups, _globals.Group);
    }

    private static IReadOnlyList<OptionGroup> OwnOptions(Command command) =>
        command.Options.Count == 0 ? [] : [new OptionGroup("Options", [.. command.Options])];
}
