using Virtualization;
using Virtualization.Aidl;
using DebugLevel = Virtualization.Aidl.DebugLevel;
using VirtualMachineState = Virtualization.VirtualMachineState;

namespace Vm.Running;

/// <summary>Runs a VM, tells its life, and waits for its end.</summary>
internal static class VmRun
{
    private static readonly TimeSpan s_stopPatience = TimeSpan.FromSeconds(10);

    /// <summary>Runs it until it stops or the user interrupts it.</summary>
    /// <returns>The status of the process (<see cref="ExitStatus"/>).</returns>
    /// <exception cref="VirtualMachineException">It cannot be run.</exception>
    public static async Task<int> Run(VmHost host, VirtualMachineManager manager, RunRequest request, CancellationToken cancellationToken)
    {
        manager.RequireHost();
        IVirtualizationService service = await manager.GetServiceAsync(cancellationToken).ConfigureAwait(false);
        using RunStreams streams = RunStreams.Open(host, request);
        await using VmInstance vm = await VmInstance.CreateAsync(
            service, request.Config, streams.ForVm, new CallbackPrinter(host.Errors), cancellationToken).ConfigureAwait(false);
        streams.CloseGuestEnds();
        if (streams.Console is { } console)
        {
            await vm.SetHostConsoleNameAsync(console.Path, cancellationToken).ConfigureAwait(false);
        }

        await vm.StartAsync(cancellationToken).ConfigureAwait(false);
        VirtualMachineState state = await vm.AskStateAsync(cancellationToken).ConfigureAwait(false);
        string kind = request.DebugLevel == DebugLevel.Full ? "debuggable VM" : "VM";
        host.Output.WriteLine($"Created {kind} from {request.Source} with CID {vm.Cid}, state is {Words.Of(state)}.");
        bool interrupted = await WaitForEnd(vm, cancellationToken).ConfigureAwait(false);
        VirtualMachineStopReason reason = vm.StopReason ?? VirtualMachineStopReason.Unknown;
        host.Output.WriteLine($"VM ended: {reason}");
        return interrupted ? ExitStatus.Interrupted
            : reason != VirtualMachineStopReason.Shutdown ? ExitStatus.Failure
            : (vm.PayloadExitCode ?? ExitStatus.Success) & 0xff;
    }

    /// <returns>True when the user did not want to wait.</returns>
    private static async Task<bool> WaitForEnd(VmInstance vm, CancellationToken cancellationToken)
    {
        try
        {
            await vm.WaitForStopAsync(cancellationToken).ConfigureAwait(false);
            return false;
        }
        catch (OperationCanceledException)
        {
            await vm.StopAsync(CancellationToken.None).ConfigureAwait(false);
            using CancellationTokenSource patience = new(s_stopPatience);
            try
            {
                await vm.WaitForStopAsync(patience.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // It goes with the reference to it, which goes next.
            }

            return true;
        }
    }
}
