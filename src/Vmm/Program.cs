using System.Text;
using Vmm.CommandLine;
using Vmm.Logging;
using Vmm.Machine;
using Vmm.Outcome;

var output = new StringWriter();
int status;
try
{
    var machine = new MachineCommands(RunCommand.Run) { Explain = ExplainCommand.Write };
    status = new VmmCommandLine(machine, static warning => Warn(warning)).Invoke(args, output);
}
#pragma warning disable CA1031 // The top of the program: whatever was not foreseen becomes one line and a status.
catch (Exception failure)
#pragma warning restore CA1031
{
    status = Report(failure);
}

return TryPrint(output.ToString()) ? status : (int)ExitCode.Error;

static void Warn(string warning)
{
    if (Log.Filter.Allows("options", LogLevel.Warn))
    {
        Log.WriteLine($"warning: {warning}");
    }
}

static int Report(Exception failure)
{
    var report = FailureReport.For(failure);
    Log.WriteLine(report.Line);
    if (report.IsBug && Log.Filter.Allows("vmm", LogLevel.Debug))
    {
        foreach (var line in failure.ToString().Split('\n'))
        {
            Log.WriteLine(line);
        }
    }

    return (int)report.ExitCode;
}

static bool TryPrint(string text)
{
    try
    {
        // Not Console.Out: it would set up the console, which vmm leaves to the guest. A reader that has gone ("| head -1") is no failure.
        using var console = Console.OpenStandardOutput();
        console.Write(Encoding.UTF8.GetBytes(text));
        return true;
    }
    catch (IOException)
    {
        Log.WriteLine("cannot write to standard output");
        return false;
    }
}
