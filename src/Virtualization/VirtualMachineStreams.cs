using Kvm.Interop.Files;
using Microsoft.Win32.SafeHandles;

namespace Virtualization;

/// <summary>The pipes between a VM's console and log and this process, for the run that is under way or comes next.</summary>
internal sealed class VirtualMachineStreams
{
    private readonly Lock _lock = new();
    private Pipe? _consoleOutput;
    private Pipe? _log;
    private Pipe? _consoleInput;

    /// <summary>The console's terminal; null where it has none.</summary>
    internal HostConsole? Console { get; private set; }

    internal Stream ConsoleOutput() => Open(ref _consoleOutput, "console output", FileAccess.Read);

    internal Stream LogOutput() => Open(ref _log, "log", FileAccess.Read);

    internal Stream ConsoleInput() => Open(ref _consoleInput, "console input", FileAccess.Write);

    /// <summary>What the guest gets.</summary>
    internal VmStreams ForRun(VirtualMachineConfig config)
    {
        lock (_lock)
        {
            if (config.ConnectVmConsole)
            {
                Console = HostConsole.Open();
                return Console.Streams;
            }

            return new VmStreams(
                config.VmOutputCaptured ? (_consoleOutput ??= Pipe.Create("console output")).Writer : null,
                config.VmConsoleInputSupported ? (_consoleInput ??= Pipe.Create("console input")).Reader : null,
                config.VmOutputCaptured ? (_log ??= Pipe.Create("log")).Writer : null);
        }
    }

    internal void CloseGuestEnds()
    {
        lock (_lock)
        {
            _consoleOutput?.Writer.Dispose();
            _log?.Writer.Dispose();
            _consoleInput?.Reader.Dispose();
        }
    }

    /// <summary>Drops the pipes of a run; streams that were taken can still be read to their end.</summary>
    internal void EndRun()
    {
        lock (_lock)
        {
            Console?.Dispose();
            Console = null;
            if (_consoleOutput is { Writer.IsClosed: true } || _consoleInput is { Reader.IsClosed: true })
            {
                _consoleOutput?.Dispose();
                _log?.Dispose();
                _consoleInput?.Dispose();
                (_consoleOutput, _log, _consoleInput) = (null, null, null);
            }
        }
    }

    private FileStream Open(ref Pipe? pipe, string name, FileAccess access)
    {
        lock (_lock)
        {
            pipe ??= Pipe.Create(name);
            using FileDescriptor end = (access == FileAccess.Read ? pipe.Value.Reader : pipe.Value.Writer).Duplicate();
            SafeFileHandle handle = new(end.DangerousGetHandle(), ownsHandle: true);
            end.SetHandleAsInvalid();
            return new FileStream(handle, access, bufferSize: 0);
        }
    }
}
