using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;
using Virtualization;
using Vmm.CommandLine;

namespace Vm.CommandLine;

/// <summary>The command <c>vm</c>: from its arguments to what is done and the status of the process.</summary>
internal static class VmCommandLine
{
    private static readonly (string Name, Func<VmHost, Command> Make)[] s_commands =
    [
        ("run-app", RunAppCommand.Make), ("run-microdroid", RunMicrodroidCommand.Make), ("run", RunCommand.Make), ("list", ListCommand.Make),
        ("info", InfoCommand.Make), ("console", ConsoleCommand.Make), ("stop", StopCommand.Make), ("create-partition", CreatePartitionCommand.Make),
        ("create-idsig", CreateIdsigCommand.Make), ("check-feature-enabled", CheckFeatureEnabledCommand.Make),
    ];

    /// <summary>Runs the command until it is done or interrupted; failures are one line on standard error.</summary>
    public static async Task<int> Run(IReadOnlyList<string> args, VmHost host)
    {
        using CancellationTokenSource interrupted = CancellationTokenSource.CreateLinkedTokenSource(host.Interrupted);
        // The second signal ends the process as if it were not caught: the VM then dies with it.
        void Interrupt(PosixSignalContext context)
        {
            context.Cancel = !interrupted.IsCancellationRequested;
            interrupted.Cancel();
        }

        using PosixSignalRegistration keyboard = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
        using PosixSignalRegistration termination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
        using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Interrupt);
        try
        {
            return await Invoke(args, host, interrupted.Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The top of the program: whatever was not foreseen becomes one line and a status.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            (int status, string line) = Report(failure);
            host.Errors.WriteLine($"vm: {line}");
            return status;
        }
    }

    /// <summary>Makes the commands, or only the one that is asked for: somebody waits for what it does.</summary>
    private static Command MakeRoot(VmHost host, IReadOnlyList<string> args)
    {
        // Not the library's root command, which answers to /h and /? as well: those are paths here.
        Command root = new("vm");
        root.Add(Text("--version", (output, _) => output.WriteLine(Version)));
        Option<bool> help = Text("--help", (output, command) => WriteHelp(output, root, command), "-h");
        help.Recursive = true;
        root.Add(help);
        bool isKnown = IsCommand(args);
        foreach ((string command, Func<VmHost, Command> make) in s_commands)
        {
            if (!isKnown || command == args[0])
            {
                root.Add(make(host));
            }
        }

        return root;
    }

    private static string Version =>
        typeof(VmCommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>Whether it is a command that does something.</summary>
    private static bool IsCommand(IReadOnlyList<string> args) =>
        args is [var name, ..] && Array.Exists(s_commands, command => command.Name == name) && !args.Contains("--help") && !args.Contains("-h");

    private static Task<int> Invoke(IReadOnlyList<string> args, VmHost host, CancellationToken cancellationToken)
    {
        // No response files: "@" begins a path like any other character. No bundles: "-mem" is a mistake for "--mem".
        if (IsCommand(args))
        {
            host.ConnectAhead();
        }

        ParserConfiguration parser = new() { EnablePosixBundling = false, ResponseFileTokenReplacer = null };
        ParseResult result = MakeRoot(host, args).Parse(args, parser);
        if (result.Action?.ClearsParseErrors != true)
        {
            CommandLineFaults.Refuse(result);
        }

        InvocationConfiguration configuration = new() { Output = host.Output, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        return result.InvokeAsync(configuration, cancellationToken);
    }

    private static void WriteHelp(TextWriter output, Command root, Command command)
    {
        if (command == root)
        {
            HelpText.WriteRoot(output, root);
        }
        else
        {
            HelpText.WriteCommand(output, command);
        }
    }

    private static Option<bool> Text(string name, Action<TextWriter, Command> write, params string[] aliases) =>
        new(name, aliases) { Arity = ArgumentArity.Zero, Action = new TextAction(write) };

    private static (int Status, string Line) Report(Exception failure) => failure switch
    {
        UsageException => (ExitStatus.Usage, failure.Message),
        VirtualMachineException => (ExitStatus.Failure, OneLine(failure.Message)),
        OperationCanceledException => (ExitStatus.Interrupted, "interrupted"),
        Kvm.Interop.LinuxException or IOException or UnauthorizedAccessException => (ExitStatus.Failure, OneLine(failure.Message)),
        _ => (ExitStatus.Failure, $"this is a bug in vm: {failure.GetType().Name}: {OneLine(failure.Message)}"),
    };

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
