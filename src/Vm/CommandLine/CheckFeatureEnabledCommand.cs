using System.CommandLine;
using Virtualization;

namespace Vm.CommandLine;

/// <summary>The command <c>vm check-feature-enabled</c>.</summary>
internal static class CheckFeatureEnabledCommand
{
    public static Command Make(VmHost host)
    {
        Argument<string> feature = new("FEATURE") { Description = "such as com.android.kvm.MULTI_TENANT" };
        Command command = new("check-feature-enabled", "show whether a feature is there") { feature };
        command.SetAction(async (result, cancellationToken) =>
        {
            VirtualMachineManager manager = host.Connect();
            await using (manager.ConfigureAwait(false))
            {
                string name = result.GetValue(feature)!;
                bool isEnabled = await manager.IsFeatureEnabledAsync(name, cancellationToken).ConfigureAwait(false);
                host.Output.WriteLine($"Feature {name} is {(isEnabled ? "enabled" : "disabled")}");
                return ExitStatus.Success;
            }
        });
        return command;
    }
}
