using System.CommandLine;
using Vmm.Outcome;

namespace Vmm.CommandLine;

/// <summary>The command <c>vmm completion</c>.</summary>
internal static class CompletionCommand
{
    public static Command Make()
    {
        var shell = new Argument<string>("SHELL") { Description = string.Join(", ", CompletionScript.Shells) };
        shell.CompletionSources.Add([.. CompletionScript.Shells]);
        var command = new Command("completion", "print a shell's completion script for vmm") { shell };
        command.SetAction(result =>
        {
            result.InvocationConfiguration.Output.Write(CompletionScript.For(result.GetValue(shell)!));
            return (int)ExitCode.Stop;
        });
        return command;
    }
}
