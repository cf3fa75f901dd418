using System.Buffers.Binary;

namespace MicrodroidInit.Platform;

public readonly unsafe partial struct LinuxSystem
{
    private const int SignalSetSize = 8;
    private const int SigBlock = 0;
    private const int SigSetMask = 2;
    private const int ErrorSize = 4;
    private const int MaxVariables = 16;

    // SIGINT, SIGTERM, SIGCHLD: signal N is bit N - 1.
    private const ulong Awaited = (1UL << (LinuxAbi.SIGINT - 1)) | (1UL << (LinuxAbi.SIGTERM - 1)) | (1UL << (LinuxAbi.SIGCHLD - 1));

    /// <summary>Keeps the awaited signals pending until <see cref="WaitForSignal"/> takes them. Comes before everything else.</summary>
    public static void BlockSignals() => SetSignals(SigBlock, Awaited);

    /// <inheritdoc/>
    public static int WaitForSignal(int milliseconds)
    {
        Span<byte> signals = stackalloc byte[SignalSetSize];
        Span<byte> time = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(signals, Awaited);
        WriteTime(time, (uint)Math.Max(milliseconds, 0));
        nint result = Kernel.Call(
            SystemCallNumber.RtSigtimedwait, Kernel.Address(signals), 0, milliseconds < 0 ? 0 : Kernel.Address(time), SignalSetSize);
        return (int)(result < 0 ? 0 : result);
    }

    /// <inheritdoc/>
    public static int Reap(out int status)
    {
        const int EveryChild = -1, WithoutWaiting = 1; // WNOHANG
        Span<byte> word = stackalloc byte[sizeof(int)];
        word.Clear();
        nint process = Kernel.Call(SystemCallNumber.Wait4, EveryChild, Kernel.Address(word), WithoutWaiting, 0);
        status = BinaryPrimitives.ReadInt32LittleEndian(word);
        return (int)process;
    }

    /// <inheritdoc/>
    public static int Kill(int process, int signal) => (int)Kernel.Call(SystemCallNumber.Kill, process, signal);

    /// <inheritdoc/>
    public static int Start(ReadOnlySpan<byte> program, ReadOnlySpan<byte> environment, int console)
    {
        const int CloseOnExec = 0x80000;
        Span<byte> path = stackalloc byte[Kernel.PathRoom];
        Span<byte> pipe = stackalloc byte[2 * sizeof(int)];
        if (!Kernel.Terminate(program, path))
        {
            return -LinuxAbi.EINVAL;
        }

        // What keeps the program from starting comes back through it; that it started closes it.
        nint result = Kernel.Call(SystemCallNumber.Pipe2, Kernel.Address(pipe), CloseOnExec);
        if (result < 0)
        {
            return (int)result;
        }

        int reader = BinaryPrimitives.ReadInt32LittleEndian(pipe), writer = BinaryPrimitives.ReadInt32LittleEndian(pipe[sizeof(int)..]);
        nint process = Kernel.Call(SystemCallNumber.Clone, LinuxAbi.SIGCHLD);
        if (process == 0)
        {
            BecomeProgram(path, environment, console, writer);
        }

        Close(writer);
        Span<byte> error = stackalloc byte[ErrorSize];
        int told = process < 0 ? 0 : Read(reader, error);
        Close(reader);
        return told == ErrorSize ? BinaryPrimitives.ReadInt32LittleEndian(error) : (int)process;
    }

    // In the new process; there is no way back.
    private static void BecomeProgram(ReadOnlySpan<byte> path, ReadOnlySpan<byte> environment, int console, int writer)
    {
        const int TakeTerminal = 0x540e; // TIOCSCTTY
        const int KeptWriter = 3;
        Kernel.Call(SystemCallNumber.Setsid);

        // Above the three: the console or the pipe may lie among them, as a kernel without a console opens none.
        nint higher = Duplicate(console, 20), pipe = Duplicate(writer, 21);
        for (int descriptor = 0; descriptor < KeptWriter; descriptor++)
        {
            Kernel.Call(SystemCallNumber.Dup3, higher, descriptor, 0);
        }

        Kernel.Call(SystemCallNumber.Dup3, pipe, KeptWriter, 0x80000);
        Kernel.Call(SystemCallNumber.CloseRange, KeptWriter + 1, int.MaxValue, 0);
        Kernel.Call(SystemCallNumber.Ioctl, 0, TakeTerminal, 0);
        SetSignals(SigSetMask, 0);

        nint* arguments = stackalloc nint[2];
        nint* variables = stackalloc nint[MaxVariables + 1];
        arguments[0] = Kernel.Address(path);
        arguments[1] = 0;
        int count = 0;
        while (environment.Length > 0 && count < MaxVariables)
        {
            variables[count++] = Kernel.Address(environment);
            environment = environment[(environment.IndexOf((byte)0) + 1)..];
        }

        variables[count] = 0;
        nint result = Kernel.Call(SystemCallNumber.Execve, arguments[0], (nint)arguments, (nint)variables);
        Span<byte> error = stackalloc byte[ErrorSize];
        BinaryPrimitives.WriteInt32LittleEndian(error, (int)result);
        Write(KeptWriter, error);
        while (true)
        {
            Kernel.Call(SystemCallNumber.ExitGroup, 127);
        }
    }

    private static nint Duplicate(int descriptor, int place) => Kernel.Call(SystemCallNumber.Dup3, descriptor, place, 0);

    private static void SetSignals(int how, ulong signals)
    {
        Span<byte> set = stackalloc byte[SignalSetSize];
        BinaryPrimitives.WriteUInt64LittleEndian(set, signals);
        Kernel.Call(SystemCallNumber.RtSigprocmask, how, Kernel.Address(set), 0, SignalSetSize);
    }
}
