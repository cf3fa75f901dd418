using System.Globalization;
using Kvm.Interop.Files;
using Virtualization.Aidl;
using VirtualizationService.Configs;
using VirtualizationService.Directories;
using VirtualizationService.Disks;
using VirtualizationService.Permissions;

namespace VirtualizationService.Life;

/// <summary>From a client's configuration to a VM that is ready to be started.</summary>
public sealed class VmMaker
{
    private const int DefaultMemoryMib = 256;

    /// <summary>Where programs and images are.</summary>
    public required Installation Installation { get; init; }

    /// <summary>What users may do.</summary>
    public required Policy Policy { get; init; }

    /// <summary>For whom VMs are made.</summary>
    public required Caller Caller { get; init; }

    /// <summary>The devices that the user must be allowed to open.</summary>
    public required DevicePermission Devices { get; init; }

    /// <summary>Gives addresses and directories.</summary>
    public required VmPlaces Places { get; init; }

    /// <summary>Whether this host has protected VMs.</summary>
    public required Func<bool> CanProtect { get; init; }

    /// <summary>How long a guest may take to start its payload.</summary>
    public required TimeSpan HangupPatience { get; init; }

    /// <summary>Takes a line for what happens.</summary>
    public required ServiceLog Log { get; init; }

    /// <summary>Makes a VM.</summary>
    /// <param name="config">The configuration; its descriptors are closed here or become the VM's.</param>
    /// <param name="consoleOut">Takes the console's output.</param>
    /// <param name="consoleIn">Gives the console's input.</param>
    /// <param name="log">Takes the guest's log.</param>
    /// <param name="clientPid">The client's process.</param>
    /// <exception cref="RefusedException">The configuration is not good, or the client may not.</exception>
    public VmInstance Make(VirtualMachineConfig config, FileDescriptor? consoleOut, FileDescriptor? consoleIn, FileDescriptor? log, int clientPid)
    {
        ArgumentNullException.ThrowIfNull(config);
        List<FileDescriptor> owned = [.. ((FileDescriptor?[])[consoleOut, consoleIn, log]).OfType<FileDescriptor>()];
        VirtualMachineRawConfig? raw = null;
        VmPlace? place = null;
        try
        {
            // MANAGE_VIRTUAL_MACHINE before everything else: who may not, learns nothing about files.
            Devices.Check();
            bool isApp = config.AppConfig is not null;
            bool isDebuggable = config.AppConfig is not { DebugLevel: DebugLevel.None };
            raw = Load(config);
            new RawConfigCheck(new ImageTrust(Caller, Directories())).Check(raw, isApp, isDebuggable, CanProtect);
            int memory = raw.MemoryMib > 0 ? raw.MemoryMib : DefaultMemoryMib;
            place = Places.Take(memory);
            owned.AddRange(DescriptorsOf(raw));
            MemFd instanceId = MemoryImage.Make("instance-id", raw.InstanceId);
            owned.Add(instanceId);
            VmmLaunch launch = Describe(raw, memory, place, instanceId) with
            {
                ConsoleOut = Number(consoleOut),
                ConsoleIn = Number(consoleIn),
                Log = Number(log),
            };
            if (raw.ProtectedVm)
            {
                LockedMemory.Require((long)VmmArguments.TotalMemoryMib(launch) << 20);
            }

            VmPlan plan = new()
            {
                Launch = run => launch with { Failure = run.Failure, Control = run.Control },
                Descriptors = owned,
                ReportsPayload = isApp,
                IsDebuggable = isDebuggable,
            };
            VmRecord record = new()
            {
                Cid = place.Cid,
                Name = raw.Name,
                RequesterUid = Caller.User,
                RequesterPid = clientPid,
                Debuggable = isDebuggable,
            };
            return new VmInstance(place, plan, record, Installation.Vmm, HangupPatience, Log);
        }
        catch
        {
            place?.Dispose();
            raw?.Dispose();
            foreach (FileDescriptor descriptor in owned)
            {
                descriptor.Dispose();
            }

            throw;
        }
        finally
        {
            config.Dispose();
        }
    }

    private static int? Number(FileDescriptor? descriptor) => descriptor is null ? null : (int)descriptor.DangerousGetHandle();

    private static VmmLaunch Describe(VirtualMachineRawConfig raw, int memory, VmPlace place, MemFd instanceId) => new()
    {
        Name = raw.Name,
        VsockOptions = place.Vsock.Options,
        IsProtected = raw.ProtectedVm,
        MemoryMib = memory,
        Cpus = HostCpus.Of(raw.CpuTopology),
        HugePages = raw.HugePages,
        HasBalloon = !raw.NoBalloon,
        Disks = DiskAssembly.Assemble(raw.Disks, place.Directory.Path),
        ConsoleInputDevice = raw.ConsoleInputDevice ?? "ttyS0",
        Kernel = (int)raw.Kernel!.DangerousGetHandle(),
        Initrd = Number(raw.Initrd),
        InstanceId = (int)instanceId.DangerousGetHandle(),
        Params = raw.Params,
        Failure = -1,
        Control = -1,
    };

    private static IEnumerable<FileDescriptor> DescriptorsOf(VirtualMachineRawConfig raw) =>
        ((FileDescriptor?[])[raw.Kernel, raw.Initrd, .. raw.Disks.SelectMany(static disk => (FileDescriptor?[])[disk.Image, .. disk.Partitions.Select(static p => p.Image)])])
            .OfType<FileDescriptor>();

    private IReadOnlyList<string> Directories() =>
        Policy.ImageDirectories.Count == 0 ? [] : [.. Policy.ImageDirectories, Installation.Home];

    /// <summary>The raw configuration, which from here on owns its descriptors.</summary>
    private VirtualMachineRawConfig Load(VirtualMachineConfig config)
    {
        string? custom = config.AppConfig is { } app ? Check(app) : "a configuration of one's own";
        if (custom is not null && !Policy.AllowsCustomVirtualMachine(Caller))
        {
            string groups = string.Join(" or ", Policy.UseCustomVirtualMachine);
            throw new RefusedException(
                Refusal.Security,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Caller.Name} may not run {custom} (USE_CUSTOM_VIRTUAL_MACHINE): the policy wants root{(groups.Length > 0 ? $" or the group {groups}" : "")}"));
        }

        if (config.AppConfig is not null)
        {
            return new AppConfigLoader(Installation.Etc).Load(config.AppConfig);
        }

        VirtualMachineRawConfig raw = config.RawConfig ?? throw new RefusedException(Refusal.Argument, "the configuration is empty");
        config.RawConfig = null;
        return raw;
    }

    private static string? Check(VirtualMachineAppConfig app)
    {
        AppConfigCheck.Check(app);
        return AppConfigCheck.CustomPart(app);
    }
}
