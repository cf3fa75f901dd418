using System.CommandLine;
using Virtualization;

namespace Vm.CommandLine;

/// <summary>The command <c>vm stop</c>, which AVF's <c>vm</c> does not have.</summary>
internal static class StopCommand
{
    public static Command Make(VmHost host)
    {
        Argument<string> cid = new("CID") { Description = "the VM's CID; vm list shows it" };
        Command command = new("stop", "stop a VM, as if its plug were pulled") { cid };
        command.SetAction(async (result, cancellationToken) =>
        {
            int number = ReadCid(result.GetValue(cid)!);
            VirtualMachineManager manager = host.Connect();
            await using (manager.ConfigureAwait(false))
            {
                await manager.StopRunningAsync(number, cancellationToken).ConfigureAwait(false);
                return ExitStatus.Success;
            }
        });
        return command;
    }

    /// <exception cref="UsageException">It is none.</exception>
    public static int ReadCid(string text) => int.TryParse(text, out int cid) && cid > 0 ? cid : throw new UsageException($"'{text}' is no CID");
}
