using Kvm.Interop;
using Kvm.Interop.Files;
using Virtualization;
using DebugLevel = Virtualization.Aidl.DebugLevel;

namespace Vm.Running;

/// <summary>A run's console and log: files, or this process's own streams.</summary>
internal sealed class RunStreams : IDisposable
{
    private readonly List<IDisposable> _owned = [];
    private Pipe? _input;

    private RunStreams()
    {
    }

    /// <summary>What the VM gets.</summary>
    public VmStreams ForVm { get; private set; } = new();

    /// <summary>The console's terminal; null where it has none.</summary>
    public HostConsole? Console { get; private set; }

    /// <exception cref="VirtualMachineException">A file cannot be opened.</exception>
    public static RunStreams Open(VmHost host, RunRequest request)
    {
        RunStreams streams = new();
        try
        {
            streams.OpenAll(host, request);
            return streams;
        }
        catch (LinuxException failure)
        {
            streams.Dispose();
            throw new VirtualMachineException(failure.Message, failure);
        }
    }

    /// <summary>The service has duplicates of what the VM gets; the pipe's end must not stay open here.</summary>
    public void CloseGuestEnds() => _input?.Reader.Dispose();

    /// <inheritdoc/>
    public void Dispose()
    {
        _owned.ForEach(static owned => owned.Dispose());
        _input?.Dispose();
    }

    private void OpenAll(VmHost host, RunRequest request)
    {
        if (request.DebugLevel == DebugLevel.None)
        {
            return;
        }

        FileDescriptor log = request.Log is { } path ? Create(path) : host.ConsoleOutput;
        if (request.ConnectConsole)
        {
            Console = HostConsole.Open();
            _owned.Add(Console);
            ForVm = Console.Streams with { Log = log };
            return;
        }

        ForVm = new VmStreams(
            request.Console is { } console ? Create(console) : host.ConsoleOutput,
            request.ConsoleIn is { } input ? Own(PosixFile.Open(input, OpenFlags.O_RDONLY)) : Relay(host.Input),
            log);
    }

    private PosixFile Create(string path) => Own(PosixFile.Open(path, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_TRUNC));

    private PosixFile Own(PosixFile file)
    {
        _owned.Add(file);
        return file;
    }

    /// <summary>
    /// Carries standard input into a pipe for the VM. The VMM cannot have it itself: it is not in the terminal's foreground, and would be stopped
    /// when it reads there (SIGTTIN).
    /// </summary>
    private FileDescriptor Relay(FileDescriptor input)
    {
        Pipe pipe = Pipe.Create("console input");
        _input = pipe;
        new Thread(() => Carry(input, pipe.Writer)) { IsBackground = true, Name = "console in" }.Start();
        return pipe.Reader;
    }

    private static void Carry(FileDescriptor from, FileDescriptor to)
    {
        Span<byte> buffer = stackalloc byte[1024];
        try
        {
            for (int count; (count = from.Read(buffer)) > 0;)
            {
                to.WriteAll(buffer[..count]);
            }

            to.Dispose();
        }
        catch (Exception end) when (end is LinuxException or ObjectDisposedException)
        {
            // The VM has ended, or standard input is closed.
        }
    }
}
