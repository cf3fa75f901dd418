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
    private Task<VirtualMachineManager>? _ahead;

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

    /// <summary>Starts the service while the command line is read: of all that a command waits for, it takes longest.</summary>
    public void ConnectAhead() => _ahead = Task.Run(connect);

    /// <summary>Starts the service, unless it has been started ahead, and the way to it.</summary>
    public VirtualMachineManager Connect()
    {
        Task<VirtualMachineManager>? ahead = Interlocked.Exchange(ref _ahead, null);
        return ahead is null ? connect() : ahead.GetAwaiter().GetResult();
    }

    /// <summary>Ends a service that was started ahead for a command that then needed none.</summary>
    private void EndUnused()
    {
        try
        {
            Interlocked.Exchange(ref _ahead, null)?.GetAwaiter().GetResult().DisposeAsync().AsTask().Wait();
        }
        catch (VirtualMachineException)
        {
            // It could not be started, and nobody has missed it.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        EndUnused();
        output.Flush();
        errors.Flush();
    }
}
