using System.CommandLine;
using Virtualization;
using Virtualization.Aidl;
using Virtualization.Configuration;
using Vm.Running;
using CpuTopology = Virtualization.Aidl.CpuTopology;
using DebugLevel = Virtualization.Aidl.DebugLevel;

namespace Vm.CommandLine;

/// <summary>The command <c>vm run</c>: a VM whose every part a JSON file names.</summary>
internal static class RunCommand
{
    public static Command Make(VmHost host)
    {
        Argument<string> file = new("CONFIG.json") { Description = "what the VM is made of; its paths are relative to it" };
        CommonOptions common = new();
        DebugOptions debug = new();
        Command command = new("run", "run a VM from a JSON configuration") { file };
        HelpText.Group(command, AppRun.Notes, common.Group, debug.Group);
        command.SetAction(async (result, cancellationToken) =>
        {
            common.Check(result);
            debug.Check(result);
            CpuTopology topology = common.ReadTopology(result);
            int? memory = common.ReadMemory(result);
            DebugLevel level = debug.ReadLevel(result);
            string path = result.GetValue(file)!;
            VmConfigFile parsed = Load(path);
            VirtualMachineManager manager = host.Connect();
            await using (manager.ConfigureAwait(false))
            {
                manager.RequireHost();
                IVirtualizationService service = await manager.GetServiceAsync(cancellationToken).ConfigureAwait(false);
                using Virtualization.Aidl.VirtualMachineConfig config = new() { RawConfig = parsed.Open(Path.GetDirectoryName(Path.GetFullPath(path))!) };
                VirtualMachineRawConfig raw = config.RawConfig;
                raw.Name = result.GetValue(common.Name) ?? (raw.Name.Length > 0 ? raw.Name : "VmRun");
                raw.MemoryMib = memory ?? raw.MemoryMib;
                raw.CpuTopology = result.GetValue(common.Topology) is null ? raw.CpuTopology : topology;
                raw.ProtectedVm |= result.GetValue(common.Protected);
                raw.HugePages = result.GetValue(common.HugePages);
                raw.Params = result.GetValue(debug.Earlycon) ? $"{raw.Params} earlycon keep_bootcon".TrimStart() : raw.Params;
                raw.InstanceId = await Task.Run(service.AllocateInstanceId, cancellationToken).ConfigureAwait(false);
                RunRequest request = new(config, path, level)
                {
                    Console = result.GetValue(debug.Console),
                    ConsoleIn = result.GetValue(debug.ConsoleIn),
                    Log = result.GetValue(debug.Log),
                    ConnectConsole = result.GetValue(debug.ConnectConsole),
                };
                return await VmRun.Run(host, manager, request, cancellationToken).ConfigureAwait(false);
            }
        });
        return command;
    }

    private static VmConfigFile Load(string path)
    {
        try
        {
            return VmConfigFile.Load(path);
        }
        catch (VirtualMachineException fault)
        {
            // Nothing was started: a wrong configuration is a wrong command line.
            throw new UsageException(fault.Message, fault);
        }
    }
}
