using System.Text;
using Kvm.Interop;
using Kvm.Interop.Files;
using Kvm.Interop.Processes;
using Kvm.Interop.Sockets;
using Virtualization.Binder;

namespace VirtualizationService.Vsock;

/// <summary>
/// Sockets to guests without the kernel's vsock: the VMM carries them to Unix sockets in the VM's directory (<c>--vsock cid=N,uds=PATH</c>). For hosts
/// without <c>vhost_vsock</c>, by <c>VMM_VSOCK=unix</c>. Addresses then belong to the user, not to the host, and directories arbitrate them.
/// </summary>
public sealed class UnixVsockHost : IVsockHost
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Devices => [];

    /// <inheritdoc/>
    public IGuestVsock? TryTake(uint cid, string directory) => new Guest(cid, directory);

    private sealed class Guest(uint cid, string directory) : IGuestVsock
    {
        private const string Name = "vsock";
        private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

        public uint Cid => cid;

        // Relative: the VMM runs in the directory, and an option's value cannot hold every path.
        public IReadOnlyList<string> Options => ["--vsock", $"cid={cid},uds={Name}"];

        public IReadOnlyList<ChildDescriptor> Descriptors => [];

        public RpcListener? TryListen(uint port) => RpcListener.ListenUnix($"{Path.Combine(directory, Name)}_{port}");

        // Only this user reaches the directory, and only the VM's own VMM carries the guest's connections there.
        public bool IsGuest(CallContext context) => context.PeerUid == PrivateDirectory.User;

        public IDisposable? TryKeepTombstones(string place, ServiceLog log) =>
            new Tombstones(StreamListener.ListenUnix($"{Path.Combine(directory, Name)}_{Tombstones.Port}", backlog: 1), _ => place, log);

        public FileDescriptor Connect(uint port)
        {
            StreamSocket socket = StreamSocket.Connect(Path.Combine(directory, Name), TimeSpan.Zero);
            try
            {
                socket.SendAll(Encoding.ASCII.GetBytes($"CONNECT {port}\n"), [], s_patience);
                ReadAnswer(socket, port);
                socket.SetNonBlocking(false);
                return socket;
            }
            catch (TimeoutException e)
            {
                socket.Dispose();
                throw new RefusedException(Refusal.Failed, $"the guest's port {port} does not answer", e);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        public void Dispose()
        {
            // The sockets lie in the VM's directory and go with it.
        }

        private static void ReadAnswer(StreamSocket socket, uint port)
        {
            Span<byte> one = stackalloc byte[1];
            StringBuilder line = new();
            while (line.Length < 64)
            {
                if (!socket.TryReceiveAll(one, s_patience))
                {
                    throw new LinuxException("connect", $"port {port} of the guest", Errno.ECONNREFUSED, "nobody listens there");
                }

                if (one[0] == '\n')
                {
                    break;
                }

                line.Append((char)one[0]);
            }

            if (!line.ToString().StartsWith("OK ", StringComparison.Ordinal))
            {
                throw new RefusedException(Refusal.Failed, $"the guest's port {port} was answered with '{line}'");
            }
        }
    }
}
