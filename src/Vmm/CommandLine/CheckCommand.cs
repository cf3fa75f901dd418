using System.CommandLine;
using Vmm.HostCheck;
using Vmm.Outcome;

namespace Vmm.CommandLine;

/// <summary>The command <c>vmm check</c>.</summary>
internal static class CheckCommand
{
    public static Command Make()
    {
        var json = new Option<bool>("--json") { Arity = ArgumentArity.Zero, Description = "as JSON, for programs" };
        var command = new Command("check", "show what this host can run; the status is 1 when it can run no VM") { json };
        command.SetAction(result =>
        {
            var output = result.InvocationConfiguration.Output;
            var report = new HostProbe().Run();
            if (result.GetValue(json))
            {
                output.WriteLine(HostReportJson.Write(report));
            }
            else
            {
                HostReportText.Write(output, report, IsTerminal);
            }

            return (int)(report.CanRun ? ExitCode.Stop : ExitCode.Error);
        });
        return command;
    }

    private static bool IsTerminal =>
        !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
}
