using Vmm.Outcome;

namespace Vmm.Control;

/// <summary>The requests about a VM's disks.</summary>
internal static class DiskRequests
{
    // A disk that takes longer has I/O in flight that stands still.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    /// <summary>Begins to change a disk's size.</summary>
    /// <exception cref="VmmException">The request does not say which disk or how large, or there is no such disk.</exception>
    public static PendingAnswer Resize(IVmControl vm, ControlRequest request)
    {
        if (request is not { Disk: { } disk, Size: { } size })
        {
            throw new VmmException("""the message is not of the form {"request":"disk_resize","disk":0,"size":1073741824}""");
        }

        Task resizing = vm.ResizeDisk(disk, size);
        return new PendingAnswer(
            () => !resizing.IsCompleted ? null
                : resizing.Exception is { } failure ? ControlResponse.Failed(FailureReport.For(failure.InnerException!).Line)
                : ControlResponse.Done,
            s_limit,
            () => ControlResponse.Failed($"disk {disk} has not answered within {s_limit.TotalSeconds:f0} s: its I/O stands still"));
    }
}
