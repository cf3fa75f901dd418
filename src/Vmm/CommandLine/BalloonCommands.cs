using System.CommandLine;
using System.Text.Json;
using Vmm.Control;
using Vmm.Outcome;

namespace Vmm.CommandLine;

/// <summary>The commands for a running VM's balloon, with crosvm's names and order of arguments.</summary>
internal static class BalloonCommands
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    public static IEnumerable<Command> All()
    {
        yield return MakeBalloon();
        yield return MakeStatistics();
    }

    private static Command MakeBalloon()
    {
        var size = new Argument<string>("SIZE") { Description = "bytes that the balloon takes from the guest" };
        var socket = ControlCommands.SocketArgument();
        var wait = new Option<bool>("--wait") { Arity = ArgumentArity.Zero, Description = "until the balloon has that size" };
        var command = new Command(ControlRequest.Balloon, "give a VM's balloon another size") { size, socket, wait };
        command.SetAction(result =>
        {
            var text = result.GetValue(size)!;
            if (!KeyedOption.TryParseNumber(text, out var bytes))
            {
                throw new InvalidOptionException($"balloon: '{text}' is not a number of bytes (decimal or 0x hexadecimal)");
            }

            var waits = result.GetValue(wait);
            var request = new ControlRequest { Request = ControlRequest.Balloon, Bytes = bytes, Wait = waits };
            ControlCommands.Send(result.GetValue(socket)!, request, waits ? BalloonRequests.SizeLimit + s_patience : s_patience);
            return (int)ExitCode.Stop;
        });
        return command;
    }

    private static Command MakeStatistics()
    {
        var socket = ControlCommands.SocketArgument();
        var command = new Command(ControlRequest.BalloonStats, "show what a guest says of its memory, as JSON") { socket };
        command.SetAction(result =>
        {
            var response = ControlCommands.Send(result.GetValue(socket)!, new ControlRequest { Request = ControlRequest.BalloonStats }, s_patience);
            var report = response.BalloonStats ?? throw new VmmException("balloon_stats: the answer has no statistics");
            result.InvocationConfiguration.Output.WriteLine(JsonSerializer.Serialize(new BalloonOutput(report), BalloonOutputJson.Default.BalloonOutput));
            return (int)ExitCode.Stop;
        });
        return command;
    }
}
