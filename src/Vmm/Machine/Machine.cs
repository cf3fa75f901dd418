using System.Diagnostics;
using Kvm.Interop;
using Kvm.Interop.Events;
using Virtio;
using Virtio.Balloon;
using Vmm.Configuration;
using Vmm.Control;

namespace Vmm.Machine;

/// <summary>A virtual machine: built once from its options, run once, then disposed.</summary>
public sealed class Machine : IVmControl, IDisposable
{
    private readonly MachineParts _parts;
    private readonly long _made = Stopwatch.GetTimestamp();

    private Machine(MachineParts parts)
    {
        _parts = parts;
        if (Config.Suspended)
        {
            // No vCPU thread runs yet that could be waited for: each will meet a closed gate.
            _parts.Gate.Close();
        }
    }

    /// <inheritdoc/>
    public VmStatus Status => new()
    {
        State = _parts.End.IsReported ? VmState.Stopping : _parts.Gate.IsHeld ? VmState.Suspended : VmState.Running,
        Name = Config.Name,
        Pid = Environment.ProcessId,
        Cpus = Config.CpuCount,
        MemoryMib = Config.MemoryMib,
        Protected = Config.IsProtected,
        Activity = new VmActivity
        {
            UptimeMilliseconds = (long)Stopwatch.GetElapsedTime(_made).TotalMilliseconds,
            Exits = _parts.Vcpus.Sum(static vcpu => vcpu.Exits),
            BalloonBytes = Balloon?.ActualBytes,
            Block = Count(VirtioDeviceType.Block),
            Net = Count(VirtioDeviceType.Net),
            Vsock = Count(VirtioDeviceType.Vsock),
        },
    };

    /// <inheritdoc/>
    public BalloonDevice? Balloon => _parts.Virtio.OfType<BalloonDevice>().SingleOrDefault();

    /// <summary>What it is made of, for tests in the same process.</summary>
    internal MachineParts Parts => _parts;

    private VmConfig Config => _parts.Plan.Config;

    /// <summary>Builds the machine: everything is opened, checked and placed; nothing runs yet.</summary>
    /// <param name="config">The options.</param>
    /// <param name="trace">Told of each phase; null where nobody asked.</param>
    /// <exception cref="Outcome.VmmException">A file, an option or the host stands in the way.</exception>
    /// <exception cref="LinuxException">The kernel refused something.</exception>
    public static Machine Create(VmConfig config, PhaseTrace? trace = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new(MachineBuilder.Build(config, trace));
    }

    /// <summary>Runs the guest until it ends, or until <see cref="Stop"/>. No thread of the machine is left when it returns.</summary>
    public VmExit Run()
    {
        _parts.Loop.Start();
        foreach (EventLoop loop in _parts.WaitingLoops)
        {
            loop.Start();
        }

        foreach (VcpuThread vcpu in _parts.Vcpus)
        {
            vcpu.Start();
        }

        VmExit exit = _parts.End.Wait();
        _parts.Gate.End(KickAll);
        foreach (VcpuThread vcpu in _parts.Vcpus)
        {
            vcpu.Join();
        }

        _parts.Disks.Stop();
        _parts.Loop.Stop();
        foreach (EventLoop loop in _parts.WaitingLoops)
        {
            loop.Stop();
        }

        return exit.Reason == VmExitReason.Reset && _parts.Reason?.Word is { } word
            ? exit with { Detail = $"the firmware did not start the kernel: {word}" }
            : exit;
    }

    /// <inheritdoc/>
    public void Stop() => _parts.End.Report(new VmExit(VmExitReason.Stop));

    /// <inheritdoc/>
    public void Suspend() => _parts.Gate.Hold(KickAll);

    /// <inheritdoc/>
    public void Resume() => _parts.Gate.Release();

    /// <inheritdoc/>
    public Task ResizeDisk(ulong index, ulong size) => _parts.Disks.Resize(index, size);

    /// <summary>Writes what is left of serial output, restores the terminal and gives back everything that was taken. After <see cref="Run"/> has returned, or instead of it.</summary>
    public void Dispose() => _parts.Resources.Dispose();

    private DeviceCounters? Count(VirtioDeviceType type) =>
        _parts.Virtio.Where(device => device.DeviceType == type).OfType<IDeviceCounters>().ToArray() is { Length: > 0 } devices
            ? devices.Aggregate(default(DeviceCounters), static (sum, device) => sum + device.Counters)
            : null;

    private void KickAll()
    {
        foreach (VcpuThread vcpu in _parts.Vcpus)
        {
            vcpu.Kick();
        }
    }
}
