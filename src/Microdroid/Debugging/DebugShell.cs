using Kvm.Interop;
using Kvm.Interop.Files;
using Kvm.Interop.Processes;

namespace Microdroid.Debugging;

/// <summary>A shell on the console, of a guest that may be looked into. It comes again when it ends.</summary>
internal static class DebugShell
{
    private const string Console = "/dev/hvc0";
    private const string Busybox = "/usr/bin/busybox";

    // A shell that cannot start must not keep the guest busy.
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    /// <summary>Starts it; returns at once.</summary>
    public static void Start(GuestLog log) =>
        new Thread(() => Serve(log)) { IsBackground = true, Name = "shell" }.Start();

    private static void Serve(GuestLog log)
    {
        while (File.Exists(Console))
        {
            try
            {
                using PosixFile console = PosixFile.Open(Console, OpenFlags.O_RDWR | OpenFlags.O_NOCTTY);
                // setsid -c: the shell leads a session that the console belongs to, so that Ctrl-C reaches what it runs.
                using ChildProcess shell = ChildProcess.Start(new ChildProcessOptions(Busybox, ["setsid", "-c", Busybox, "sh", "-l"])
                {
                    StandardInput = console,
                    StandardOutput = console,
                    StandardError = console,
                    WorkingDirectory = "/",
                    Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/usr/sbin:/bin", ["HOME"] = "/data", ["TERM"] = "vt100", ["PS1"] = "microdroid # " },
                });
                shell.Wait();
            }
            catch (LinuxException e)
            {
                log.Write($"no shell on the console: {e.Message}");
                return;
            }

            Thread.Sleep(s_pause);
        }
    }
}
