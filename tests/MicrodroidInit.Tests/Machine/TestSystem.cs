using System.Text;

namespace MicrodroidInit.Tests.Machine;

/// <summary>The system calls of the machine of the test that runs on this thread.</summary>
internal readonly struct TestSystem : ISystem
{
    [ThreadStatic]
    private static TestMachine? s_machine;

    public static TestMachine Machine
    {
        get => s_machine!;
        set => s_machine = value;
    }

    public static ulong Milliseconds => Machine.Time;

    public static int MakeDirectory(ReadOnlySpan<byte> path, uint mode) => Machine.Record($"mkdir {Text(path)} {Convert.ToString(mode, 8)}");

    public static int Mount(ReadOnlySpan<byte> source, ReadOnlySpan<byte> target, ReadOnlySpan<byte> type, ulong flags, ReadOnlySpan<byte> options) =>
        Machine.Record($"mount {Text(source)} {Text(target)} {Text(type)} {flags} {Text(options)}".Trim());

    public static int Unmount(ReadOnlySpan<byte> target) => Machine.Record($"umount {Text(target)}");

    public static int ChangeDirectory(ReadOnlySpan<byte> path) => Machine.Record($"chdir {Text(path)}");

    public static int ChangeRoot(ReadOnlySpan<byte> path) => Machine.Record($"chroot {Text(path)}");

    public static int Open(ReadOnlySpan<byte> path, int flags) => Machine.Open(Text(path));

    public static void Close(int descriptor) => Machine.Close(descriptor);

    public static int Read(int descriptor, Span<byte> bytes) => Machine.Read(descriptor, bytes);

    public static int ReadAt(int descriptor, Span<byte> bytes, ulong offset) => Machine.ReadAt(descriptor, bytes, offset);

    public static int Write(int descriptor, ReadOnlySpan<byte> bytes) => Machine.Write(descriptor, bytes);

    public static int ReadEntries(int descriptor, Span<byte> entries) => Machine.ReadEntries(descriptor, entries);

    public static int Control(int descriptor, uint request, Span<byte> argument) => Machine.Control(descriptor, request, argument);

    public static int Drain(int descriptor) => Machine.Drain(descriptor);

    public static int RaiseLoopback() => Machine.Record("loopback");

    public static void Sleep(uint milliseconds) => Machine.Time += milliseconds;

    public static int Start(ReadOnlySpan<byte> program, ReadOnlySpan<byte> environment, int console) =>
        Machine.Start(Text(program), Text(environment), console);

    public static int WaitForSignal(int milliseconds) => Machine.WaitForSignal(milliseconds);

    public static int Reap(out int status) => Machine.Reap(out status);

    public static int Kill(int process, int signal) => Machine.Kill(process, signal);

    public static void Sync() => Machine.Record("sync");

    private static string Text(ReadOnlySpan<byte> text)
    {
        Assert.True(text.Length <= LinuxAbi.MaxPath, "longer than any path that the platform takes");
        return Encoding.ASCII.GetString(text);
    }
}
