using Vmm.Control;

namespace Vmm.Listing;

/// <summary>Makes lines of surveys: rates since the survey before, and for a VM that was not in it since its start.</summary>
internal sealed class VmMeter
{
    private Dictionary<int, VmActivity> _before = [];

    public IReadOnlyList<VmRow> Measure(IReadOnlyList<SurveyedVm> vms)
    {
        var rows = vms.Select(Row).ToList();
        _before = vms.Where(static vm => vm.Status?.Activity is not null).ToDictionary(static vm => vm.Vm.Pid, static vm => vm.Status!.Activity!);
        return rows;
    }

    private VmRow Row(SurveyedVm vm)
    {
        var status = vm.Status;
        var row = new VmRow
        {
            Pid = vm.Vm.Pid,
            State = status?.State.ToString().ToLowerInvariant() ?? "silent",
            Name = status?.Name,
            Cpus = status?.Cpus,
            MemoryMib = status?.MemoryMib,
            Protected = status?.Protected,
            Socket = vm.Vm.SocketPath,
        };
        if (ProcessMemory.Of(vm.Vm.Pid, status is null ? ulong.MaxValue : status.MemoryMib << 20) is { } memory)
        {
            row = row with { GuestRss = memory.GuestBytes, OverheadRss = memory.OverheadBytes };
        }

        if (status?.Activity is not { } now)
        {
            return row;
        }

        // A VM whose clock is behind the one before is another one with the same number.
        var before = _before.GetValueOrDefault(vm.Vm.Pid) is { } known && known.UptimeMilliseconds < now.UptimeMilliseconds ? known : null;
        var seconds = (now.UptimeMilliseconds - (before?.UptimeMilliseconds ?? 0)) / 1000.0;
        return row with
        {
            BalloonBytes = now.BalloonBytes,
            UptimeSeconds = now.UptimeMilliseconds / 1000.0,
            ExitsPerSecond = seconds > 0 ? (now.Exits - (before?.Exits ?? 0)) / seconds : 0,
            Block = VmRate.Between(before?.Block, now.Block, seconds),
            Net = VmRate.Between(before?.Net, now.Net, seconds),
            Vsock = VmRate.Between(before?.Vsock, now.Vsock, seconds),
        };
    }
}
