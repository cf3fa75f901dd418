using System.CommandLine;
using System.Text;
using System.Text.Json;
using Kvm.Interop;
using Kvm.Interop.Files;
using Kvm.Interop.Terminals;
using Vmm.Machine;
using Vmm.Outcome;

namespace Vmm.Listing;

/// <summary>The command <c>vmm ls</c>.</summary>
internal static class ListCommand
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    public static Command Make()
    {
        var watch = new Option<bool>("--watch") { Arity = ArgumentArity.Zero, Description = "again each second, with the rates of that second" };
        var json = new Option<bool>("--json") { Arity = ArgumentArity.Zero, Description = "as JSON, one array" };
        var command = new Command("ls", "show this user's running VMs and what they use") { watch, json };
        command.SetAction(result =>
        {
            Func<IReadOnlyList<VmRow>, string> form = result.GetValue(json) ? Json : static vms => VmTable.Write(vms);
            if (result.GetValue(watch))
            {
                Watch(VmRegistry.OfUser, form, result.GetValue(json));
            }
            else
            {
                var size = result.GetValue(json) ? null : TerminalSize.Of(FileDescriptor.StandardOutput);
                var rows = new VmMeter().Measure(VmSurvey.Ask(VmRegistry.OfUser.List()));
                result.InvocationConfiguration.Output.Write(size is { } terminal ? VmTable.Write(rows, terminal.Columns) : form(rows));
            }

            return (int)ExitCode.Stop;
        });
        return command;
    }

    private static string Json(IReadOnlyList<VmRow> vms) => JsonSerializer.Serialize(vms, VmRowJson.Default.IReadOnlyListVmRow) + '\n';

    /// <summary>Shows the VMs until the process is ended or its reader has gone.</summary>
    private static void Watch(VmRegistry registry, Func<IReadOnlyList<VmRow>, string> form, bool isJson)
    {
        // It ends by a signal, after which the runtime does not clean up either.
        RuntimeDiagnostics.RemoveFiles();
        var meter = new VmMeter();
        try
        {
            for (var first = true; ; first = false, Thread.Sleep(s_interval))
            {
                var rows = meter.Measure(VmSurvey.Ask(registry.List()));
                var text = isJson || TerminalSize.Of(FileDescriptor.StandardOutput) is not { } size ? form(rows) : Frame(rows, size, first);
                // Not by .NET's stream, which keeps it to itself when the reader has gone.
                FileDescriptor.StandardOutput.WriteAll(Encoding.UTF8.GetBytes(text));
            }
        }
        catch (LinuxException gone) when (gone.Errno is Errno.EPIPE or Errno.EIO)
        {
            // The reader has seen enough ("| head").
        }
    }

    /// <summary>Draws over the frame before, line by line, so that nothing flickers (ECMA-48: cursor home, erase line, erase below).</summary>
    private static string Frame(IReadOnlyList<VmRow> rows, TerminalSize size, bool first)
    {
        var lines = VmTable.Write(rows, size.Columns, size.Rows - 1).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return (first ? "\e[2J" : "") + "\e[H" + string.Concat(lines.Select(static line => line + "\e[K\n")) + "\e[J";
    }
}
