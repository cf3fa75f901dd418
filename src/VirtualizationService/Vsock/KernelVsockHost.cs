using Kvm.Interop;
using Kvm.Interop.Files;
using Kvm.Interop.Processes;
using Kvm.Interop.Sockets;
using Kvm.Interop.Vhost;
using Virtualization.Binder;

namespace VirtualizationService.Vsock;

/// <summary>Sockets to guests through the kernel's <c>/dev/vhost-vsock</c>, which arbitrates addresses between all users and processes of the host.</summary>
public sealed class KernelVsockHost : IVsockHost
{
    private readonly TombstonePort _tombstones = new();

    /// <inheritdoc/>
    public IReadOnlyList<string> Devices => [VhostVsock.DefaultPath];

    /// <summary>Reserves an address; the kernel gives it back when the last descriptor of the device is closed, also after a crash.</summary>
    public IGuestVsock? TryTake(uint cid, string directory)
    {
        FileDescriptor device = VhostDevice.Open(VhostVsock.DefaultPath, "vhost_vsock");
        try
        {
            // Only the address: the owner, whose memory the rings lie in, is the VMM, which sets the same address again.
            new VhostVsock(device).SetGuestCid(cid);
            return new Guest(cid, device, _tombstones);
        }
        catch (LinuxException failure) when (failure.Errno == Errno.EADDRINUSE)
        {
            device.Dispose();
            return null;
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    private sealed class Guest(uint cid, FileDescriptor device, TombstonePort tombstones) : IGuestVsock
    {
        public uint Cid => cid;

        public IReadOnlyList<string> Options => ["--cid", $"{cid}", "--vhost-vsock-fd", $"{device.DangerousGetHandle()}"];

        public IReadOnlyList<ChildDescriptor> Descriptors => [new ChildDescriptor(device)];

        public RpcListener? TryListen(uint port)
        {
            try
            {
                return RpcListener.ListenVsock(port);
            }
            catch (LinuxException failure) when (failure.Errno == Errno.EADDRINUSE)
            {
                return null;
            }
        }

        public bool IsGuest(CallContext context) => context.PeerCid == cid;

        public IDisposable? TryKeepTombstones(string directory, ServiceLog log) => tombstones.TryAdd(cid, directory, log);

        public FileDescriptor Connect(uint port)
        {
            StreamConnection connection = StreamConnection.ConnectVsock(new VsockAddress(cid, port));
            try
            {
                // A client expects what socket(2) gives without flags.
                connection.SetNonBlocking(false);
                return connection;
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        }

        public void Dispose() => device.Dispose();
    }
}
