using System.Globalization;

namespace VirtualizationService.Life;

/// <summary>Writes the VMM's command line: crosvm's options in AVF's order. Source: AVF, android/virtmgr/src/crosvm.rs, run_vm.</summary>
public static class VmmArguments
{
    /// <summary>What a virtio device of a protected guest shares with the host, in MiB: buffers of the pool it exchanges data through.</summary>
    private const int SwiotlbPerDeviceMib = 2;

    /// <summary>Devices of a guest beside its disks: three consoles and the sockets.</summary>
    private const int DevicesBesideDisks = 4;

    /// <summary>The pool that a protected guest exchanges data with its devices through, in MiB.</summary>
    public static int SwiotlbMib(int disks) => SwiotlbPerDeviceMib * (DevicesBesideDisks + disks);

    /// <summary>Memory that the VMM gives the guest, in MiB: its own and, of a protected one, the pool.</summary>
    public static int TotalMemoryMib(VmmLaunch launch)
    {
        ArgumentNullException.ThrowIfNull(launch);
        return launch.MemoryMib + (launch.IsProtected ? SwiotlbMib(launch.Disks.Count) : 0);
    }

    /// <summary>The arguments behind the program's name.</summary>
    public static IReadOnlyList<string> Of(VmmLaunch launch)
    {
        ArgumentNullException.ThrowIfNull(launch);
        List<string> arguments = ["--extended-status", "--log-level", "info,disk=warn", "run", "--disable-sandbox"];
        if (launch.Name is { Length: > 0 } name)
        {
            arguments.Add($"--name={name}");
        }

        arguments.AddRange(launch.VsockOptions);
        arguments.Add(launch.HasBalloon && !launch.IsProtected ? "--balloon-page-reporting" : "--no-balloon");
        arguments.Add("--no-usb");
        if (launch.IsProtected)
        {
            arguments.AddRange("--protected-vm", "--swiotlb", Number(SwiotlbMib(launch.Disks.Count)), "--unmap-guest-memory-on-fork");
        }

        arguments.AddRange("--mem", Number(TotalMemoryMib(launch)), "--cpus", Number(launch.Cpus));
        AddSerial(arguments, launch);
        foreach (VmmDisk disk in launch.Disks)
        {
            string type = disk.IsComposite ? ",type=composite" : "";
            arguments.AddRange("--block", $"path={disk.Path}{type},ro={(disk.IsWritable ? "false" : "true")},lock=false");
        }

        arguments.AddRange("--socket", Descriptor(launch.Control));
        arguments.AddRange("--instance-id", Descriptor(launch.InstanceId));
        if (launch.HugePages)
        {
            arguments.Add("--hugepages");
        }

        if (launch.Initrd is { } initrd)
        {
            arguments.AddRange("--initrd", Descriptor(initrd));
        }

        if (launch.Params is { Length: > 0 } parameters)
        {
            // With "=", since parameters may begin with a hyphen.
            arguments.Add($"--params={parameters}");
        }

        arguments.Add(Descriptor(launch.Kernel));
        return arguments;
    }

    /// <summary>The path that names a descriptor.</summary>
    public static string Descriptor(int number) => string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{number}");

    /// <summary>ttyS0 console, ttyS1 failure pipe, hvc0 console, hvc1 ramdump, hvc2 log.</summary>
    private static void AddSerial(List<string> arguments, VmmLaunch launch)
    {
        bool inputOnTty = launch.ConsoleInputDevice == "ttyS0";
        string console = Output(launch.ConsoleOut, null);
        string consoleWithInput = Output(launch.ConsoleOut, launch.ConsoleIn);
        arguments.Add($"--serial={(inputOnTty ? consoleWithInput : console)},hardware=serial,num=1");
        arguments.Add($"--serial={Output(launch.Failure, null)},hardware=serial,num=2");
        arguments.Add($"--serial={(inputOnTty ? console : consoleWithInput)},hardware=virtio-console,num=1");
        arguments.Add("--serial=type=sink,hardware=virtio-console,num=2");
        arguments.Add($"--serial={Output(launch.Log, null)},hardware=virtio-console,num=3");
    }

    /// <summary>Input without output still needs a file to write to.</summary>
    private static string Output(int? output, int? input) => (output, input) switch
    {
        (null, null) => "type=sink",
        ({ } to, null) => $"type=file,path={Descriptor(to)}",
        (null, { } from) => $"type=file,path=/dev/null,input={Descriptor(from)}",
        ({ } to, { } from) => $"type=file,path={Descriptor(to)},input={Descriptor(from)}",
    };

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
