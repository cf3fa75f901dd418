using System.CommandLine;
using Kvm.Interop.Files;
using Virtualization;
using Virtualization.Aidl;
using Vm.Running;

namespace Vm.CommandLine;

/// <summary>The command <c>vm create-idsig</c>.</summary>
internal static class CreateIdsigCommand
{
    public static Command Make(VmHost host)
    {
        Argument<string> apk = new("APK") { Description = "an APK signed with APK Signature Scheme v3" };
        Argument<string> path = new("PATH") { Description = "its idsig; brought up to date where it exists" };
        Command command = new("create-idsig", "make the idsig of an APK: its tree of digests") { apk, path };
        command.SetAction(async (result, cancellationToken) =>
        {
            VirtualMachineManager manager = host.Connect();
            await using (manager.ConfigureAwait(false))
            {
                IVirtualizationService service = await manager.GetServiceAsync(cancellationToken).ConfigureAwait(false);
                await Task.Run(() => Make(host, service, result.GetValue(apk)!, result.GetValue(path)!), cancellationToken).ConfigureAwait(false);
                return ExitStatus.Success;
            }
        });
        return command;
    }

    private static void Make(VmHost host, IVirtualizationService service, string apkPath, string idsigPath)
    {
        using PosixFile apk = PosixFile.Open(apkPath, OpenFlags.O_RDONLY);
        IdsigFile.Make(host, service, apk, apkPath, idsigPath).Dispose();
    }
}
