using Kvm.Interop.Processes;
using Kvm.Interop.Sockets;

namespace VmClient;

/// <summary>Starts a service as systemd does that listens for it (sd_listen_fds(3)).</summary>
internal static class SocketActivation
{
    private const int FirstDescriptor = 3;
    private const int Backlog = 16;
    private const UnixFileMode EverybodyConnects = (UnixFileMode)0x1b6;

    /// <summary>Makes the socket, starts the command with it and waits for its end.</summary>
    /// <returns>Its exit status.</returns>
    public static int Run(string path, string[] command)
    {
        using StreamListener listener = StreamListener.ListenUnix(path, Backlog);
        File.SetUnixFileMode(path, EverybodyConnects);
        // The shell becomes the service, so that the number of its process is the service's.
        string[] arguments = ["-c", "export LISTEN_PID=$$ LISTEN_FDS=1; exec \"$@\"", "sh", .. command];
        using ChildProcess service = ChildProcess.Start(new ChildProcessOptions("/bin/sh", arguments)
        {
            Descriptors = [new ChildDescriptor(listener, FirstDescriptor)],
            StandardError = new Kvm.Interop.Files.FileDescriptor(2, "standard error", ownsHandle: false),
            DiesWithParent = true,
        });
        return service.Wait().Status ?? 1;
    }
}
