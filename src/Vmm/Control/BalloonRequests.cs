using Virtio.Balloon;
using Vmm.Outcome;

namespace Vmm.Control;

/// <summary>The requests that a VM's balloon answers.</summary>
internal static class BalloonRequests
{
    /// <summary>How long a guest may take to reach the size that a client waits for.</summary>
    public static readonly TimeSpan SizeLimit = TimeSpan.FromSeconds(60);

    // The driver answers from a work queue; a guest that takes longer is busy with worse, suspended, or has no such driver.
    private static readonly TimeSpan s_statisticsLimit = TimeSpan.FromSeconds(5);

    /// <summary>Sets the size.</summary>
    /// <returns>The answer to wait for; null where the request is done.</returns>
    /// <exception cref="VmmException">The VM has no balloon, or not that much memory.</exception>
    public static PendingAnswer? SetSize(IVmControl vm, ControlRequest request)
    {
        BalloonDevice balloon = Of(vm);
        ulong bytes = request.Bytes ?? throw new VmmException("the request has no \"bytes\"");
        if (bytes > balloon.Ram.Size)
        {
            throw new VmmException($"a balloon of {bytes} bytes is larger than the guest's memory of {balloon.Ram.Size} bytes");
        }

        balloon.SetTarget(bytes);
        ulong target = balloon.TargetBytes;
        return request.Wait
            ? new PendingAnswer(
                () => balloon.ActualBytes == target ? ControlResponse.Done : null,
                SizeLimit,
                () => ControlResponse.Failed($"the balloon holds {balloon.ActualBytes} of {target} bytes after {SizeLimit.TotalSeconds:f0} s"))
            : null;
    }

    /// <summary>Asks the guest.</summary>
    /// <exception cref="VmmException">The VM has no balloon, or the guest no driver for it.</exception>
    public static PendingAnswer AskStatistics(IVmControl vm)
    {
        BalloonDevice balloon = Of(vm);
        if (!balloon.TellsStatistics)
        {
            throw new VmmException("the guest has no balloon driver running that gives statistics");
        }

        long number = balloon.RequestStatistics();
        return new PendingAnswer(
            () => balloon.TryGetStatistics(number, out BalloonStatistics statistics)
                ? new ControlResponse { Ok = true, BalloonStats = new BalloonReport(statistics, balloon.ActualBytes) }
                : null,
            s_statisticsLimit,
            () => ControlResponse.Failed($"the guest's balloon driver has not answered within {s_statisticsLimit.TotalSeconds:f0} s"));
    }

    private static BalloonDevice Of(IVmControl vm) => vm.Balloon ?? throw new VmmException("the VM has no balloon");
}
