using Kvm.Interop.Files;
using Kvm.Interop.Terminals;
using Virtualization;

namespace Vm;

/// <summary>What the command line has around it: its streams, and the way to the VMs. Tests have their own.</summary>
/// <param name="output">Standard output.</param>
/// <param name="errors">Standard error.</param>
/// <param name="connect">Makes the manager.</param>
internal sealed class VmHost(TextWriter output, TextWriter errors, Func<VirtualMachineManager> connect) : IDisposable
{
    /// <summary>Standard output.</summary>
    public TextWriter Output => output;

    /// <summary>Standard error.</summary>
    public TextWriter Errors => errors;

    /// <summary>Standard input, for consoles.</summary>
    public FileDescriptor Input { get; init; } = FileDescriptor.StandardInput;

    /// <summary>Where a guest's console goes that has no file.</summary>
    public FileDescriptor ConsoleOutput { get; init; } = FileDescriptor.StandardOutput;

    /// <summary>The payload of <c>vm run-microdroid</c>.</summary>
    public Func<string> EmptyPayloadApk { get; init; } = static () => Installation.Find().EmptyPayloadApk;

    /// <summary>Whether a person watches standard error, so that progress is worth a line.</summary>
    public bool ShowsProgress { get; init; } = TerminalMode.IsTerminal(new FileDescriptor(2, "standard error", ownsHandle: false));

    /// <summary>Cancelled by Ctrl-C and its like.</summary>
    public CancellationToken Interrupted { get; init; }

    /// <summary>Starts the service, and the way to it.</summary>
    public VirtualMachineManager Connect() => connect();

    /// <inheritdoc/>
    public void Dispose()
    {
        output.Flush();
        errors.Flush();
    }
}
