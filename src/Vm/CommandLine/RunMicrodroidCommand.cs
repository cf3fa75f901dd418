using System.CommandLine;
using Virtualization;
using Vm.Running;
using Vmm.CommandLine;

namespace Vm.CommandLine;

/// <summary>The command <c>vm run-microdroid</c>: a guest with a payload that does nothing.</summary>
internal static class RunMicrodroidCommand
{
    private const string PayloadBinaryName = "MicrodroidEmptyPayloadJniLib.so";

    public static Command Make(VmHost host)
    {
        Option<string> workDir = new("--work-dir")
        {
            HelpName = "DIR",
            Description = "where apk.idsig, instance.img and instance_id are kept; by\ndefault a new directory that goes with the VM",
        };
        AppRun run = new();
        run.InstanceIdFile.Description += ";\ninstance_id in the work directory by default";
        Command command = new("run-microdroid", "run a guest without a payload of its own");
        HelpText.Group(command, AppRun.Notes, new OptionGroup("Payload", workDir, run.InstanceIdFile), run.Common.Group, run.Debug.Group, run.Microdroid.Group);
        command.SetAction(async (result, cancellationToken) =>
        {
            run.Check(result);
            VirtualMachineManager manager = host.Connect();
            await using (manager.ConfigureAwait(false))
            {
                string directory = result.GetValue(workDir) ?? Path.Combine(Path.GetTempPath(), $"microdroid-{Guid.NewGuid():N}"[..^24]);
                bool isNew = !Directory.Exists(directory);
                if (isNew)
                {
                    host.Output.WriteLine($"creating work dir {directory}");
                    Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                }

                try
                {
                    AppLaunch launch = MakeLaunch(host, directory, result.GetValue(run.InstanceIdFile));
                    return await run.Run(host, manager, result, launch, cancellationToken).ConfigureAwait(false);
                }
                finally
                {
                    // Only what this made up: a directory that the user named may be wanted again.
                    if (isNew && result.GetValue(workDir) is null)
                    {
                        Directory.Delete(directory, recursive: true);
                    }
                }
            }
        });
        return command;
    }

    private static AppLaunch MakeLaunch(VmHost host, string directory, string? instanceIdFile)
    {
        string apk = host.EmptyPayloadApk();
        if (!File.Exists(apk))
        {
            throw new VirtualMachineException($"there is no {apk}: the installation is not complete");
        }

        host.Output.WriteLine($"found path {apk}");
        AppLaunch launch = new(apk, Path.Combine(directory, "apk.idsig"), Path.Combine(directory, "instance.img"))
        {
            PayloadBinaryName = PayloadBinaryName,
            InstanceIdFile = instanceIdFile ?? Path.Combine(directory, "instance_id"),
        };
        host.Output.WriteLine($"apk.idsig path: {launch.Idsig}");
        host.Output.WriteLine($"instance.img path: {launch.InstanceImage}");
        return launch;
    }
}
