using Kvm.Interop;
using Kvm.Interop.Files;
using Kvm.Interop.Processes;
using Kvm.Interop.Sockets;
using Virtualization.Aidl;
using Virtualization.Binder;

namespace Virtualization;

/// <summary>This process's own <c>virtmgr</c>: started at once, connected to on another thread, gone with this object.</summary>
/// <remarks>
/// AVF forks one for each client process in the same way: a socket pair as the bootstrap of Binder RPC, and a pipe by which the service says that it
/// is up. The VMs die with their last reference, so also with this process, however it ends.
/// </remarks>
internal sealed class ServiceConnection : IServiceConnection
{
    // Numbers in the child; 0 to 2 are the standard streams.
    private const int RpcServerFd = 3;
    private const int ReadyFd = 4;

    /// <summary>Calls at once: a client that waits in one of them (an idsig of a large APK) can still stop a VM.</summary>
    private const int Calls = 4;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(5);

    private readonly ChildProcess _virtmgr;
    private readonly Task<RpcSession> _session;

    private ServiceConnection(ChildProcess virtmgr, Task<RpcSession> session)
    {
        _virtmgr = virtmgr;
        _session = session;
        Service = Connect();
    }

    /// <inheritdoc/>
    public Task<IVirtualizationService> Service { get; }

    /// <summary>Starts virtmgr; what it does to start and what the caller does next happen side by side.</summary>
    /// <exception cref="VirtualMachineException">It cannot be started.</exception>
    internal static ServiceConnection Start(Installation installation)
    {
        return VirtualMachineException.Wrap($"cannot start {installation.Virtmgr}", () =>
        {
            (UnixSocket client, UnixSocket server) = UnixSocket.CreatePair(UnixSocketType.Stream);
            using Pipe ready = Pipe.Create("virtmgr's ready pipe");
            using (server)
            {
                // The pair is made non-blocking for relays; Binder RPC and its bootstrap wait.
                client.SetNonBlocking(false);
                server.SetNonBlocking(false);
                ChildProcessOptions options = new(installation.Virtmgr, ["--rpc-server-fd", $"{RpcServerFd}", "--ready-fd", $"{ReadyFd}"])
                {
                    Descriptors = [new ChildDescriptor(server, RpcServerFd), new ChildDescriptor(ready.Writer, ReadyFd)],
                    StandardError = new FileDescriptor(2, "standard error", ownsHandle: false),

                    // Ctrl-C is the client's to act on: it stops the VM in order, with virtmgr still there to do it.
                    OwnProcessGroup = true,
                };
                ChildProcess virtmgr = ChildProcess.Start(options);
                FileDescriptor readiness = ready.Reader.Duplicate();
                return new ServiceConnection(virtmgr, Task.Run(() => OpenSession(virtmgr, client, readiness)));
            }
        });
    }

    /// <inheritdoc/>
    public void RequireHost() => HostSupport.Require();

    /// <summary>Drops every reference, so that virtmgr stops its VMs and ends; one that does not is killed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_session.IsCompleted)
        {
            // It still starts and has been asked for nothing: there is no VM to stop in order.
            _virtmgr.Kill();
        }

        try
        {
            (await _session.ConfigureAwait(false)).Dispose();
            await Task.Run(() => _virtmgr.TryWait(s_farewell, out _)).ConfigureAwait(false);
        }
        catch (VirtualMachineException)
        {
            // There never was a session; whoever waited for the service has been told.
        }

        _virtmgr.Dispose();
    }

    private static RpcSession OpenSession(ChildProcess virtmgr, FileDescriptor client, FileDescriptor readiness)
    {
        using (readiness)
        {
            // Readiness is the end of the pipe, as is virtmgr's death; connecting tells the two apart.
            if (!readiness.WaitReadable((int)s_patience.TotalMilliseconds))
            {
                throw new VirtualMachineException($"{virtmgr.Name} was not ready after {s_patience.TotalSeconds:0} seconds");
            }

            try
            {
                return RpcSession.ConnectBootstrap(client, new RpcSessionOptions
                {
                    MaxOutgoing = Calls,
                    MaxIncoming = 1,
                    FileDescriptors = RpcFileDescriptors.Unix,
                    ConnectTimeout = s_patience,
                });
            }
            catch (Exception failure) when (failure is BinderException or LinuxException or TimeoutException)
            {
                string how = virtmgr.TryWait(TimeSpan.FromSeconds(1), out ChildExit exit) ? $"it ended with {exit}" : failure.Message;
                throw new VirtualMachineException($"cannot reach {virtmgr.Name}: {how}", failure);
            }
        }
    }

    private async Task<IVirtualizationService> Connect()
    {
        RpcSession session = await _session.ConfigureAwait(false);
        return new VirtualizationServiceProxy(session.Root ?? throw new VirtualMachineException($"{_virtmgr.Name} offers no service"));
    }
}
