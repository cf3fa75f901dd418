using System.CommandLine;
using Virtualization;
using Virtualization.Aidl;
using Vm.Running;
using DebugLevel = Virtualization.Aidl.DebugLevel;

namespace Vm.CommandLine;

/// <summary>The options that <c>run-app</c> and <c>run-microdroid</c> have alike, and what they do with them.</summary>
internal sealed class AppRun
{
    /// <summary>What the help of every command that runs a VM ends with.</summary>
    public const string Notes = """
        The payload's life is told on standard error. Ctrl-C stops the VM; a second one does not wait for it.
        Exit status: the payload's, 0 where it does not end before the VM shuts down; 1 when the VM died of
        anything else or could not be started; 35 for a wrong command line; 130 after Ctrl-C.
        """;

    public CommonOptions Common { get; } = new();

    public DebugOptions Debug { get; } = new();

    public MicrodroidOptions Microdroid { get; } = new();

    public Option<string> InstanceIdFile { get; } = new("--instance-id-file")
    {
        HelpName = "FILE",
        Description = "the instance's id; made where it is missing",
    };

    /// <summary>Refuses what is wrong with the options before anything is started.</summary>
    /// <exception cref="UsageException">Something is.</exception>
    public void Check(ParseResult result)
    {
        Common.Check(result);
        Debug.Check(result);
        Microdroid.Check(result);
        Common.ReadTopology(result);
        Common.ReadMemory(result);
        Debug.ReadLevel(result);
        Microdroid.ReadStorageBytes(result);
    }

    /// <summary>Runs a payload.</summary>
    /// <returns>The status of the process.</returns>
    public async Task<int> Run(VmHost host, VirtualMachineManager manager, ParseResult result, AppLaunch launch, CancellationToken cancellationToken)
    {
        manager.RequireHost();
        IReadOnlyList<string> extraApks = launch.FindExtraApks();
        IVirtualizationService service = await manager.GetServiceAsync(cancellationToken).ConfigureAwait(false);
        DebugLevel level = Debug.ReadLevel(result);
        launch = launch with { Storage = result.GetValue(Microdroid.Storage), StorageBytes = Microdroid.ReadStorageBytes(result) };
        using Virtualization.Aidl.VirtualMachineConfig config = new()
        {
            AppConfig = await Task.Run(() => launch.Prepare(host, service, extraApks), cancellationToken).ConfigureAwait(false),
        };
        VirtualMachineAppConfig app = config.AppConfig!;
        app.Name = result.GetValue(Common.Name) ?? "VmRunApp";
        app.DebugLevel = level;
        app.ProtectedVm = result.GetValue(Common.Protected);
        app.MemoryMib = Common.ReadMemory(result) ?? 0;
        app.CpuTopology = Common.ReadTopology(result);
        app.HugePages = result.GetValue(Common.HugePages);
        app.CustomConfig = Custom(result);
        RunRequest request = new(config, launch.Apk, level)
        {
            Console = result.GetValue(Debug.Console),
            ConsoleIn = result.GetValue(Debug.ConsoleIn),
            Log = result.GetValue(Debug.Log),
            ConnectConsole = result.GetValue(Debug.ConnectConsole),
        };
        return await VmRun.Run(host, manager, request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Only where its setting is used: it needs the right to make custom VMs.</summary>
    private CustomConfig? Custom(ParseResult result) =>
        result.GetValue(Debug.Earlycon) ? new CustomConfig { ExtraKernelCmdlineParams = ["earlycon", "keep_bootcon"] } : null;
}
