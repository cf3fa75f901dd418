using System.Globalization;
using Kvm.Interop;
using Kvm.Interop.Files;
using Virtualization.Binder;
using VirtualizationService.Permissions;

namespace VirtualizationService.SystemWide;

/// <summary>The machine-wide service, AVF's <c>virtualizationservice</c>: addresses, directories and limits of all users.</summary>
public static class SystemService
{
    /// <summary>Where it listens, started by systemd or not.</summary>
    public const string SocketPath = "/run/vmm/virtualizationservice.sock";

    /// <summary>The first descriptor that systemd passes (sd_listen_fds(3)).</summary>
    private const int FirstDescriptor = 3;

    /// <summary>Serves until it is told to stop.</summary>
    /// <param name="path">The socket to make where systemd has passed none.</param>
    /// <param name="root">Where directories are made.</param>
    /// <param name="policy">What users may do.</param>
    /// <param name="log">Takes a line for what happens.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="RefusedException">It cannot listen.</exception>
    public static void Run(string path, string root, Policy policy, ServiceLog log, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(log);
        GlobalVms vms = new(root, policy, log);
        vms.Sweep();
        SystemServiceObject service = new(vms, policy);
        using RpcListener listener = Listen(path);
        using RpcServer server = new(new RpcServerOptions
        {
            Root = _ => service,
            MaxThreads = 1,
            UnhandledException = e => log.Write(e.Message),
        });
        server.Serve(listener);
        log.Write($"the system service serves {path}");
        stop.WaitHandle.WaitOne();
    }

    private static RpcListener Listen(string path)
    {
        try
        {
            if (Environment.GetEnvironmentVariable("LISTEN_PID") == Environment.ProcessId.ToString(CultureInfo.InvariantCulture)
                && Environment.GetEnvironmentVariable("LISTEN_FDS") is { } count)
            {
                return count == "1"
                    ? RpcListener.FromDescriptor(FileDescriptor.FromNumber(FirstDescriptor))
                    : throw new RefusedException(Refusal.Argument, $"systemd passed {count} sockets; the service listens on one");
            }

            File.Delete(path);
            RpcListener listener = RpcListener.ListenUnix(path);
            // Everybody may connect: the kernel tells who it is.
            File.SetUnixFileMode(path, (UnixFileMode)0x1b6);
            return listener;
        }
        catch (Exception e) when (e is LinuxException or IOException or UnauthorizedAccessException)
        {
            throw new RefusedException(Refusal.Failed, $"the system service cannot listen on {path}: {e.Message}", e);
        }
    }
}
