using System.CommandLine;
using Vmm.Control;
using Vmm.Listing;
using Vmm.Outcome;

namespace Vmm.CommandLine;

/// <summary>The commands that talk to a running VM through its control socket.</summary>
internal static class ControlCommands
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    public static IEnumerable<Command> All()
    {
        yield return Make(ControlRequest.Stop, "end a VM");
        yield return Make(ControlRequest.Suspend, "stop a VM's vCPUs");
        yield return Make(ControlRequest.Resume, "let a suspended VM's vCPUs run");
        yield return Make(ControlRequest.Status, "show what a VM is doing");
        yield return MakeDisk();
        yield return MakeVersion();
        foreach (var command in BalloonCommands.All())
        {
            yield return command;
        }

        yield return MakeUsb();
    }

    /// <summary>The argument that names the VM.</summary>
    public static Argument<string> SocketArgument() => new("SOCKET") { Description = "the VM: its --socket, its name or its process number" };

    /// <summary>Sends a request.</summary>
    /// <returns>The answer, which is no failure.</returns>
    /// <exception cref="VmmException">There is no such VM, or it answers that it cannot.</exception>
    public static ControlResponse Send(string path, ControlRequest request, TimeSpan patience)
    {
        using var client = ControlClient.Connect(VmRegistry.OfUser.Resolve(path));
        var response = client.Send(request, patience);
        return response.Ok ? response : throw new VmmException($"{request.Request}: the VM at {path} answers: {response.Error}");
    }

    private static Command Make(string request, string description)
    {
        var socket = SocketArgument();
        var command = new Command(request, description) { socket };
        command.SetAction(result => Send(result.GetValue(socket)!, request, result.InvocationConfiguration.Output));
        return command;
    }

    private static Command MakeDisk()
    {
        var index = new Argument<string>("DISK_INDEX") { Description = "the disk's number in the order of the options, from 0" };
        var size = new Argument<string>("NEW_SIZE") { Description = "in bytes, a multiple of 512" };
        var socket = SocketArgument();
        var resize = new Command("resize", "change the size of a disk; the guest is told") { index, size, socket };
        resize.SetAction(result => Send(
            result.GetValue(socket)!,
            new ControlRequest
            {
                Request = ControlRequest.ResizeDisk,
                Disk = Number("DISK_INDEX", result.GetValue(index)!),
                Size = Number("NEW_SIZE", result.GetValue(size)!),
            },
            result.InvocationConfiguration.Output));
        return new Command("disk", "change a VM's disks") { resize };
    }

    private static ulong Number(string argument, string text) =>
        KeyedOption.TryParseNumber(text, out var number)
            ? number
            : throw new InvalidOptionException($"{argument}: '{text}' is not a number (decimal or 0x hexadecimal)");

    // Known, so that callers of crosvm's command learn that it is the machine that has none.
    private static Command MakeUsb()
    {
        var action = new Argument<string>("ACTION") { Description = "list, attach or detach" };
        var rest = new Argument<string[]>("SOCKET") { Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("usb", "refused: the machine has no USB") { action, rest };
        command.Hidden = true;
        command.SetAction(int (result) => throw new VmmException($"usb {result.GetValue(action)}: the machine has no USB"));
        return command;
    }

    private static Command MakeVersion()
    {
        var socket = new Argument<string?>("SOCKET") { Arity = ArgumentArity.ZeroOrOne, Description = "a VM's control socket" };
        var command = new Command(ControlRequest.Version, "show the version of vmm, or of the vmm that runs a VM") { socket };
        command.SetAction(result =>
        {
            var output = result.InvocationConfiguration.Output;
            if (result.GetValue(socket) is { } path)
            {
                return Send(path, ControlRequest.Version, output);
            }

            output.WriteLine(VmmVersion.Text);
            return (int)ExitCode.Stop;
        });
        return command;
    }

    private static int Send(string path, string request, TextWriter output) => Send(path, new ControlRequest { Request = request }, output);

    private static int Send(string path, ControlRequest request, TextWriter output)
    {
        var response = Send(path, request, s_patience);
        if (response.Version is { } version)
        {
            output.WriteLine($"{version.Program}, control protocol {version.Protocol}");
        }

        if (response.Status is { } status)
        {
            Write(status, output);
        }

        return (int)ExitCode.Stop;
    }

    private static void Write(VmStatus status, TextWriter output)
    {
        output.WriteLine($"state      {status.State.ToString().ToLowerInvariant()}");
        output.WriteLine($"name       {status.Name ?? "-"}");
        output.WriteLine($"pid        {status.Pid}");
        output.WriteLine($"cpus       {status.Cpus}");
        output.WriteLine($"memory     {status.MemoryMib} MiB");
        output.WriteLine($"protected  {(status.Protected ? "yes" : "no")}");
    }
}
