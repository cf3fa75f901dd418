using Kvm.Interop.Processes;
using Microdroid.Failure;
using Virtualization.Aidl;

namespace Microdroid.Flow;

/// <summary>A guest's life: the host is told how it goes, and each failure by its own word.</summary>
internal sealed class MicrodroidManager(Guest guest)
{
    /// <summary>The exit status for which PID 1 powers off.</summary>
    public const int Finished = 0;

    /// <summary>The exit status for which PID 1 resets.</summary>
    public const int Failed = 1;

    /// <summary>Lives it.</summary>
    /// <returns>The manager's exit status.</returns>
    public int Run()
    {
        IVirtualMachineService host;
        try
        {
            host = guest.Host.Connect();
        }
        catch (Exception e)
        {
            return Fail(new MicrodroidException(FailureReason.FailedToConnectToVirtualizationService, e.Message, e), null);
        }

        try
        {
            int exitCode;
            using (PayloadRun run = new(guest, host))
            {
                exitCode = ExitCodeOf(run.Execute());
                // What the payload has stored is on the disk before the host hears of the end: it may pull the plug then.
                run.Close();
            }

            guest.Log.Write($"payload finished with exit code {exitCode}");
            host.NotifyPayloadFinished(exitCode);
            return Finished;
        }
        catch (Exception e)
        {
            return Fail(e, host);
        }
    }

    /// <summary>What the host hears: of SIGTERM that the payload was asked to end (as in AVF); any other signal is a failure.</summary>
    private static int ExitCodeOf(ChildExit exit)
    {
        const int SIGTERM = 15;
        return exit switch
        {
            { Signal: SIGTERM } => 0,
            { Signal: { } signal } => throw new InvalidOperationException(
                $"Payload exited due to signal: {signal} ({Debugging.Tombstone.NameOf(signal)})"),
            _ => exit.Status ?? 0,
        };
    }

    private int Fail(Exception failure, IVirtualMachineService? host)
    {
        guest.Log.Write($"failed: {failure}");
        try
        {
            host?.NotifyError(MicrodroidException.CodeOf(failure), failure.Message);
        }
        catch (Exception e)
        {
            guest.Log.Write($"the host cannot be told: {e.Message}");
        }

        guest.Failures.Write(failure);
        return Failed;
    }
}
