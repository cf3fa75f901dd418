using System.Runtime.InteropServices;
using Kvm.Interop;
using Kvm.Interop.Files;
using Kvm.Interop.Terminals;

namespace Vm.Running;

/// <summary>A person at a VM's console: keys go there, its output comes here, until Ctrl-A x or the VM's end.</summary>
/// <param name="keyboard">The person's terminal, in raw mode meanwhile.</param>
/// <param name="screen">Where the console's output goes.</param>
/// <param name="console">The user's end of the console's terminal.</param>
internal sealed class ConsoleSession(FileDescriptor keyboard, FileDescriptor screen, FileDescriptor console)
{
    private const int BufferSize = 4096;
    private const int PollMilliseconds = 50;
    private const byte CtrlA = 0x01;

    private bool _escaped;
    private volatile bool _ended;

    /// <summary>Carries bytes both ways; the person's terminal is as before when this returns.</summary>
    public void Run(CancellationToken cancellationToken)
    {
        using TerminalMode raw = TerminalMode.EnterRaw(keyboard);
        using PosixSignalRegistration resized = PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => PassSize());
        PassSize();
        Thread output = new(() => Show(cancellationToken)) { IsBackground = true, Name = "console out" };
        output.Start();
        Span<byte> buffer = stackalloc byte[BufferSize];
        while (!_ended && !cancellationToken.IsCancellationRequested)
        {
            if (!keyboard.WaitReadable(PollMilliseconds))
            {
                continue;
            }

            int count = keyboard.Read(buffer);
            if (count <= 0 || !Type(buffer[..count]))
            {
                break;
            }
        }

        _ended = true;
        output.Join();
    }

    /// <summary>Sends keys, without Ctrl-A and what belongs to it.</summary>
    /// <returns>False when the person leaves.</returns>
    private bool Type(Span<byte> keys)
    {
        int kept = 0;
        foreach (byte key in keys)
        {
            if (!_escaped && key == CtrlA)
            {
                _escaped = true;
                continue;
            }

            if (_escaped && key == (byte)'x')
            {
                return false;
            }

            if (!_escaped || key == CtrlA)
            {
                keys[kept++] = key;
            }

            _escaped = false;
        }

        try
        {
            console.WriteAll(keys[..kept]);
            return true;
        }
        catch (LinuxException)
        {
            // EIO: the VM has ended.
            return false;
        }
    }

    private void Show(CancellationToken cancellationToken)
    {
        Span<byte> buffer = stackalloc byte[BufferSize];
        try
        {
            while (!_ended && !cancellationToken.IsCancellationRequested)
            {
                if (!console.WaitReadable(PollMilliseconds))
                {
                    continue;
                }

                int count = console.Read(buffer);
                if (count <= 0)
                {
                    break;
                }

                screen.WriteAll(buffer[..count]);
            }
        }
        catch (LinuxException)
        {
            // EIO: the VM has ended.
        }

        _ended = true;
    }

    private void PassSize()
    {
        try
        {
            TerminalSize.Of(keyboard)?.Set(console);
        }
        catch (LinuxException)
        {
            // The VM has ended.
        }
    }
}
