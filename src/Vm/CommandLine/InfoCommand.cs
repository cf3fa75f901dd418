using System.CommandLine;
using Virtualization;
using Virtualization.Aidl;
using Vm.Listing;

namespace Vm.CommandLine;

/// <summary>The command <c>vm info</c>.</summary>
internal static class InfoCommand
{
    public static Command Make(VmHost host)
    {
        Command command = new("info", "show what this host can run");
        command.SetAction(async (_, cancellationToken) =>
        {
            VirtualMachineManager manager = host.Connect();
            await using (manager.ConfigureAwait(false))
            {
                // While the service starts.
                HostInfo info = HostInfo.Probe();
                IVirtualizationService service = await manager.GetServiceAsync(cancellationToken).ConfigureAwait(false);
                IReadOnlyList<AssignableDevice> devices = await Task.Run(service.GetAssignableDevices, cancellationToken).ConfigureAwait(false);
                IReadOnlyList<string> systems = await manager.GetSupportedOSListAsync(cancellationToken).ConfigureAwait(false);
                host.Output.Write(info.ToText(devices, systems));
                return ExitStatus.Success;
            }
        });
        return command;
    }
}
