using System.CommandLine;
using System.Security.Cryptography;
using BootLoader.Dice.Text;
using Vmm.Outcome;

namespace Vmm.CommandLine.Image;

/// <summary>The command <c>vmm image dice show</c>.</summary>
internal static class DiceShowCommand
{
    /// <summary>More than any device's hand-over or chain has.</summary>
    private const int Limit = 1 << 20;

    /// <summary>The command <c>dice</c> with its sub-command <c>show</c>.</summary>
    public static Command Make()
    {
        var file = new Argument<string>("FILE") { Description = "a DICE hand-over or certificate chain" };
        var json = new Option<bool>("--json") { Arity = ArgumentArity.Zero, Description = "as JSON, for programs" };
        var show = new Command("show", "verify a hand-over or chain and show it, but for its secrets; the status is 1 when it is wrong") { file, json };
        show.SetAction(result => (int)Show(result.GetValue(file)!, result.GetValue(json), result.InvocationConfiguration.Output));
        return new Command("dice", "look into what vouches for the layers of a VM") { show };
    }

    private static ExitCode Show(string path, bool json, TextWriter output)
    {
        byte[] content = HostFile.ReadContent("FILE", path, Limit);
        try
        {
            DiceReport report = DiceReport.Read(content);
            if (json)
            {
                output.WriteLine(DiceReportJson.Write(report));
            }
            else
            {
                DiceText.Write(output, report);
            }

            return report.Verified ? ExitCode.Stop : ExitCode.Error;
        }
        catch (DiceTextException failure)
        {
            throw new VmmException($"dice show: {path}: {failure.Message}", cause: failure);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content); // It may hold CDIs.
        }
    }
}
