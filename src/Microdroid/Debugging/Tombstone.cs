using System.Globalization;
using System.Text;
using Kvm.Interop.Processes;
using Microdroid.Payload;

namespace Microdroid.Debugging;

/// <summary>A crash report as text, in the shape of Android's.</summary>
internal static class Tombstone
{
    /// <summary>The name of a signal on ARM64 and x86-64 Linux (asm-generic/signal.h).</summary>
    public static string NameOf(int signal) => signal switch
    {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        25 => "SIGXFSZ",
        31 => "SIGSYS",
        _ => "?",
    };

    /// <summary>The report of a payload that a signal has ended.</summary>
    public static string Format(PayloadCommand command, int process, ChildExit exit, DateTimeOffset time)
    {
        int signal = exit.Signal ?? 0;
        return new StringBuilder()
            .Append("*** *** *** *** *** *** *** *** *** *** *** *** *** *** *** ***\n")
            .Append(CultureInfo.InvariantCulture, $"Timestamp: {time:yyyy-MM-dd HH:mm:ss.fffffffzzz}\n")
            .Append(CultureInfo.InvariantCulture, $"Cmdline: {(command.IsLibrary ? LauncherArguments.Launcher + " " : "")}{command.Path}\n")
            .Append(CultureInfo.InvariantCulture, $"pid: {process}, tid: {process}, name: {(command.IsLibrary ? "microdroid_launcher" : System.IO.Path.GetFileName(command.Path))}  >>> {command.Path} <<<\n")
            .Append(CultureInfo.InvariantCulture, $"uid: {PayloadUser.Uid}\n")
            .Append(CultureInfo.InvariantCulture, $"signal {signal} ({NameOf(signal)})\n")
            .ToString();
    }
}
