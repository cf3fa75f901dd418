using System.CommandLine;
using Virtualization;
using Virtualization.Aidl;
using Vm.Listing;

namespace Vm.CommandLine;

/// <summary>The command <c>vm list</c>.</summary>
internal static class ListCommand
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    public static Command Make(VmHost host)
    {
        Option<bool> watch = new("--watch", "-w")
        {
            Arity = ArgumentArity.Zero,
            Description = "print the list again whenever it changes, until Ctrl-C",
        };
        Command command = new("list", "show the VMs that run") { watch };
        command.SetAction(async (result, cancellationToken) =>
        {
            VirtualMachineManager manager = host.Connect();
            await using (manager.ConfigureAwait(false))
            {
                return await Show(host, manager, result.GetValue(watch), cancellationToken).ConfigureAwait(false);
            }
        });
        return command;
    }

    private static async Task<int> Show(VmHost host, VirtualMachineManager manager, bool watches, CancellationToken cancellationToken)
    {
        string? last = null;
        do
        {
            IReadOnlyList<VirtualMachineDebugInfo> vms = await manager.ListRunningAsync(cancellationToken).ConfigureAwait(false);
            string text = DebugInfoText.Of(vms);
            if (text != last)
            {
                host.Output.WriteLine($"Running VMs: {text}");
                last = text;
            }
        }
        while (watches && await Pause(cancellationToken).ConfigureAwait(false));
        return ExitStatus.Success;
    }

    /// <returns>False when the user has seen enough.</returns>
    private static async Task<bool> Pause(CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(s_interval, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
