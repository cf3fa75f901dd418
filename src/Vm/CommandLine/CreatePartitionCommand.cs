using System.CommandLine;
using Virtualization;
using Virtualization.Aidl;
using Vm.Running;
using Vmm.CommandLine;

namespace Vm.CommandLine;

/// <summary>The command <c>vm create-partition</c>.</summary>
internal static class CreatePartitionCommand
{
    private static readonly Dictionary<string, PartitionType> s_types = new()
    {
        ["raw"] = PartitionType.Raw,
        ["instance"] = PartitionType.AndroidVmInstance,
    };

    public static Command Make(VmHost host)
    {
        Argument<string> path = new("PATH") { Description = "the image; must not exist" };
        Argument<string> size = new("SIZE") { Description = "bytes" };
        Option<string> type = new("--type", "-t")
        {
            HelpName = "raw|instance",
            Description = "zeros (default), or an instance image",
        };
        Command command = new("create-partition", "make the image of a writable partition") { path, size, type };
        command.SetAction(async (result, cancellationToken) =>
        {
            string name = result.GetValue(type) ?? "raw";
            long bytes = MicrodroidOptions.ReadBytes("SIZE", result.GetValue(size)!);
            if (!s_types.TryGetValue(name, out PartitionType kind))
            {
                throw new UsageException($"--type: '{name}' is neither raw nor instance{ClosestName.Hint(name, s_types.Keys)}");
            }

            VirtualMachineManager manager = host.Connect();
            await using (manager.ConfigureAwait(false))
            {
                IVirtualizationService service = await manager.GetServiceAsync(cancellationToken).ConfigureAwait(false);
                await Task.Run(() => PartitionFile.Create(service, result.GetValue(path)!, bytes, kind), cancellationToken).ConfigureAwait(false);
                return ExitStatus.Success;
            }
        });
        return command;
    }
}
