using System.Globalization;
using Kvm.Interop;
using Kvm.Interop.Memory;
using Vmm.Configuration;
using Vmm.Devices;
using Vmm.Machine;

namespace Bench;

/// <summary>The machine of exits.c, run by vmm's own vCPU thread and bus.</summary>
internal static class ExitVm
{
    private const ulong Ram = 0x8000_0000;
    private const ulong RamSize = 16 << 20;
    private const ulong SamplesAt = Ram + 0x40_0000;
    private const ulong DeviceAt = 0x0a00_0000;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    /// <summary>Runs the guest, writes its samples (u32 ticks) and prints the counter's frequency, the bytes allocated by the samples' exits and the collections meanwhile.</summary>
    /// <param name="guest">tests/Guests/exits.S, assembled.</param>
    /// <param name="samples">The file to write.</param>
    /// <param name="collect">Another thread allocates as fast as it can all the while.</param>
    /// <returns>The exit status.</returns>
    internal static int Run(string guest, string samples, bool collect)
    {
        using var kvm = KvmSystem.Open();
        using GuestMemory memory = GuestMemory.Create([new(new(Ram), RamSize)], GuestMemoryBacking.Anonymous);
        using KvmVm vm = kvm.CreateVm(default);
        memory.Write(new(Ram), File.ReadAllBytes(guest));
        vm.SetGuestMemory(0, memory);
        using KvmVcpu vcpu = vm.CreateVcpu(0);
        vcpu.Init(vm.PreferredTarget(), VcpuFeatures.Psci02);
        vcpu.SetOneReg(OneReg.Pc, Ram);

        var device = new SampleDevice();
        using var end = new EndOfVm();
        var gate = new RunGate(1);
        var thread = new VcpuThread(vcpu, 0, gate, Bus(device), end);
        using var garbage = collect ? new GarbageMaker() : null;
        int collections = GC.CollectionCount(0);
        thread.Start();
        // A guest that hangs must not hang the benchmark.
        using var watchdog = new Timer(_ => end.Report(new VmExit(VmExitReason.Crash, "took too long")), null, s_patience, Timeout.InfiniteTimeSpan);
        VmExit exit = end.Wait();
        gate.End(thread.Kick);
        thread.Join();
        collections = GC.CollectionCount(0) - collections;
        if (device.Samples == 0)
        {
            throw new InvalidDataException($"the guest ended without its samples: {exit.Reason} {exit.Detail}");
        }

        File.WriteAllBytes(samples, memory.GetSpan(new(SamplesAt), device.Samples * sizeof(uint)));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{device.Frequency} {device.AllocatedBytes} {collections}"));
        return 0;
    }

    /// <summary>As many devices as a machine has, so that finding the one costs what it costs there.</summary>
    private static MmioBus Bus(SampleDevice device)
    {
        var others = new SampleDevice();
        var bus = new MmioBusBuilder();
        for (int i = 0; i < 4; i++)
        {
            bus.Add("serial port", new AddressRange(0x1000 * (ulong)i, Arm64Layout.SerialSize), others);
        }

        bus.Add("real-time clock", new AddressRange(0x4000, 0x1000), others);
        bus.Add("stall detector", new AddressRange(0x5000, 0x1000), others);
        bus.Add("PCI host", Arm64Layout.PciCam, others);
        bus.Add("samples", new AddressRange(DeviceAt, 0x1000), device);
        return bus.Build();
    }
}
