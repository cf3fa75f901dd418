using System.CommandLine;
using Kvm.Interop.Files;
using Kvm.Interop.Terminals;
using Virtualization;
using Virtualization.Aidl;
using Vm.Running;

namespace Vm.CommandLine;

/// <summary>The command <c>vm console</c>.</summary>
internal static class ConsoleCommand
{
    public static Command Make(VmHost host)
    {
        Argument<string> cid = new("CID")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "the VM's CID; not needed while one VM has a console",
        };
        Command command = new("console", "type on a VM's console") { cid };
        HelpText.Group(command, "Ctrl-A x leaves the console, Ctrl-A Ctrl-A sends Ctrl-A. The VM must have been run with --connect-console.");
        command.SetAction(async (result, cancellationToken) =>
        {
            int? wanted = result.GetValue(cid) is { } text ? StopCommand.ReadCid(text) : null;
            if (!TerminalMode.IsTerminal(host.Input))
            {
                throw new UsageException("vm console needs a terminal as its standard input");
            }

            VirtualMachineManager manager = host.Connect();
            string path;
            await using (manager.ConfigureAwait(false))
            {
                path = Choose(await manager.ListRunningAsync(cancellationToken).ConfigureAwait(false), wanted);
            }

            // Not through the service: the terminal is its user's, and the console outlives nothing but the VM.
            using PosixFile console = PosixFile.Open(path, OpenFlags.O_RDWR | OpenFlags.O_NOCTTY);
            host.Errors.WriteLine($"Connected to {path}; Ctrl-A x leaves.");
            new ConsoleSession(host.Input, host.ConsoleOutput, console).Run(cancellationToken);
            return ExitStatus.Success;
        });
        return command;
    }

    internal static string Choose(IReadOnlyList<VirtualMachineDebugInfo> vms, int? cid)
    {
        List<VirtualMachineDebugInfo> withConsole = [.. vms.Where(static vm => vm.HostConsoleName is not null)];
        if (cid is { } number)
        {
            VirtualMachineDebugInfo vm = vms.FirstOrDefault(vm => vm.Cid == number) ?? throw new VirtualMachineException($"no VM with CID {number} runs");
            return vm.HostConsoleName ?? throw new VirtualMachineException($"the VM with CID {number} has no console; run it with --connect-console");
        }

        return withConsole switch
        {
            [] => throw new VirtualMachineException("no VM has a console; run one with --connect-console"),
            [var only] => only.HostConsoleName!,
            _ => throw new UsageException($"several VMs have a console; say which: {string.Join(", ", withConsole.Select(static vm => vm.Cid))}"),
        };
    }
}
