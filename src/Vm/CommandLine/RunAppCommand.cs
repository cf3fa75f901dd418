using System.CommandLine;
using Virtualization;
using Vm.Running;
using Vmm.CommandLine;

namespace Vm.CommandLine;

/// <summary>The command <c>vm run-app</c>.</summary>
internal static class RunAppCommand
{
    public static Command Make(VmHost host)
    {
        Argument<string> apk = new("APK") { Description = "the payload, signed with APK Signature Scheme v3" };
        Argument<string> idsig = new("IDSIG") { Description = "its idsig; made where it is missing or of another APK" };
        Argument<string> instance = new("INSTANCE") { Description = "the instance image; made (10 MiB) where it is missing" };
        Option<string> configPath = new("--config-path")
        {
            HelpName = "PATH",
            Description = "the payload's configuration in the APK",
        };
        Option<string> binary = new("--payload-binary-name")
        {
            HelpName = "NAME.so",
            Description = "the payload, a library NAME.so in the APK's\nlib/arm64-v8a; this or --config-path is needed",
        };
        Option<string[]> extraApk = new("--extra-apk")
        {
            HelpName = "APK",
            Arity = ArgumentArity.OneOrMore,
            Description = "content for /mnt/extra-apk/N; may be given several times",
        };
        Option<string[]> extraIdsig = new("--extra-idsig")
        {
            HelpName = "IDSIG",
            Arity = ArgumentArity.OneOrMore,
            Description = "the idsig of each, in the same order",
        };
        AppRun run = new();
        run.InstanceIdFile.Description += ";\nINSTANCE.id by default";
        Command command = new("run-app", "run the payload of an APK") { apk, idsig, instance };
        HelpText.Group(
            command,
            AppRun.Notes,
            new OptionGroup("Payload", configPath, binary, extraApk, extraIdsig, run.InstanceIdFile),
            run.Common.Group,
            run.Debug.Group,
            run.Microdroid.Group);
        command.SetAction(async (result, cancellationToken) =>
        {
            run.Check(result);
            AppLaunch launch = new(result.GetValue(apk)!, result.GetValue(idsig)!, result.GetValue(instance)!)
            {
                ConfigPath = result.GetValue(configPath),
                PayloadBinaryName = result.GetValue(binary),
                ExtraApks = result.GetValue(extraApk) ?? [],
                ExtraIdsigs = result.GetValue(extraIdsig) ?? [],
                InstanceIdFile = result.GetValue(run.InstanceIdFile) ?? $"{result.GetValue(instance)}.id",
            };
            Check(launch);
            VirtualMachineManager manager = host.Connect();
            await using (manager.ConfigureAwait(false))
            {
                return await run.Run(host, manager, result, launch, cancellationToken).ConfigureAwait(false);
            }
        });
        return command;
    }

    private static void Check(AppLaunch launch)
    {
        if (launch.ConfigPath is null && launch.PayloadBinaryName is null)
        {
            throw new UsageException("Either --config-path or --payload-binary-name must be defined");
        }

        if (launch.ConfigPath is not null && launch.PayloadBinaryName is not null)
        {
            throw new UsageException("Only one of --config-path or --payload-binary-name can be defined");
        }

        if (launch.ConfigPath is not null && launch.ExtraApks.Count > 0)
        {
            throw new UsageException("--extra-apk: with --config-path the configuration in the APK names the extra APKs");
        }
    }
}
