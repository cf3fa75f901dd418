using Kvm.Interop.Threads;
using Vmm.Configuration;
using Vmm.Control;
using Vmm.Listing;
using Vmm.Logging;
using Vmm.Outcome;

namespace Vmm.Machine;

/// <summary>What <c>vmm run</c> does.</summary>
internal static class RunCommand
{
    /// <summary>Builds the machine, runs the guest to its end, and says how it ended.</summary>
    /// <exception cref="VmmException">The machine could not be built.</exception>
    public static ExitCode Run(VmConfig config)
    {
        PhaseTrace? trace = config.Trace ? new PhaseTrace(Log.WriteLine, ProcessAge.Now()) : null;
        trace?.Done("options read");
        if (config.Name is { } name)
        {
            NativeThread.SetName(name);
        }

        // Before the machine, so that a second VM on the same socket ends before it has taken anything.
        using ControlServer control = config.SocketPath is { } socket ? ControlServer.Listen(socket) : new ControlServer();
        VmExit exit;
        using (Machine machine = Machine.Create(config, trace))
        {
            using var signals = new StopSignals(machine.Stop);
            control.Start(machine, static server =>
            {
                RuntimeDiagnostics.RemoveFiles();
                VmRegistry.OfUser.Register(server);
            });
            exit = machine.Run();
            trace?.Done("guest ended");
        }

        trace?.Done("machine gone");
        if (exit.Detail is { } detail)
        {
            Log.WriteLine(detail);
        }

        return exit.Reason switch
        {
            VmExitReason.Stop => ExitCode.Stop,
            VmExitReason.Reset => ExitCode.Reset,
            VmExitReason.GuestPanic => ExitCode.GuestPanic,
            VmExitReason.Watchdog => ExitCode.Watchdog,
            _ => ExitCode.Crash,
        };
    }
}
