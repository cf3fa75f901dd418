using Vmm.Configuration;
using Vmm.Machine;

namespace HostProbe.Machines;

/// <summary>A machine of the VMM with a bare guest, run on a thread of this process.</summary>
internal sealed class GuestRun : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly string _output = Path.GetTempFileName();
    private readonly Thread _thread;
    private VmExit? _exit;

    /// <summary>Builds the machine; its first serial port goes to a file.</summary>
    internal GuestRun(string kernel, bool isProtected, ulong memoryMib = 64)
    {
        Machine = Machine.Create(Config(kernel, isProtected, memoryMib, _output));
        _thread = new Thread(() => _exit = Machine.Run()) { Name = "machine" };
    }

    internal Machine Machine { get; }

    internal string Output => File.ReadAllText(_output);

    /// <summary>The options of such a machine.</summary>
    internal static VmConfig Config(string kernel, bool isProtected, ulong memoryMib, string? output) => new()
    {
        KernelPath = kernel,
        MemoryMib = memoryMib,
        Protection = isProtected ? ProtectionMode.ProtectedWithoutFirmware : ProtectionMode.Unprotected,
        SwiotlbMib = 0,
        Serial = output is null ? [] : [new SerialConfig { Backend = SerialBackend.File, Path = output }],
    };

    /// <summary>Starts the guest and waits until it has printed a text.</summary>
    internal void StartUntil(string text)
    {
        _thread.Start();
        long deadline = Environment.TickCount64 + (long)s_patience.TotalMilliseconds;
        while (!Output.Contains(text, StringComparison.Ordinal))
        {
            if (_exit is not null || Environment.TickCount64 > deadline)
            {
                throw new InvalidOperationException($"the guest has not printed '{text}' but '{Output}'; {_exit}");
            }

            Thread.Sleep(5);
        }
    }

    /// <summary>Stops the machine and waits for its end.</summary>
    internal VmExit Stop()
    {
        Machine.Stop();
        return _thread.Join(s_patience) ? _exit! : throw new InvalidOperationException("the machine does not stop");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_thread.IsAlive)
        {
            Stop();
        }

        Machine.Dispose();
        File.Delete(_output);
    }
}
