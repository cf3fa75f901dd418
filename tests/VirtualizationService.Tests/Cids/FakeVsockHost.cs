using Kvm.Interop.Files;
using Kvm.Interop.Processes;
using Virtualization.Binder;
using VirtualizationService.Vsock;

namespace VirtualizationService.Tests.Cids;

/// <summary>A host on which other users have some addresses and ports.</summary>
internal sealed class FakeVsockHost(string sockets) : IVsockHost
{
    /// <summary>Addresses that the kernel refuses.</summary>
    public HashSet<uint> Taken { get; } = [];

    /// <summary>Ports of the host that are another program's.</summary>
    public HashSet<uint> BusyPorts { get; } = [];

    public IReadOnlyList<string> Devices => [];

    public IGuestVsock? TryTake(uint cid, string directory) => Taken.Add(cid) ? new Guest(this, cid) : null;

    private sealed class Guest(FakeVsockHost host, uint cid) : IGuestVsock
    {
        public uint Cid => cid;

        public IReadOnlyList<string> Options => [];

        public IReadOnlyList<ChildDescriptor> Descriptors => [];

        public RpcListener? TryListen(uint port) => host.BusyPorts.Contains(port) ? null : RpcListener.ListenUnix(Path.Combine(host.Sockets, $"{port}"));

        public bool IsGuest(CallContext context) => true;

        public IDisposable? TryKeepTombstones(string directory, ServiceLog log) => null;

        public FileDescriptor Connect(uint port) => throw new NotSupportedException();

        public void Dispose()
        {
            host.Taken.Remove(cid);
            File.Delete(Path.Combine(host.Sockets, $"{cid}"));
        }
    }

    private string Sockets => sockets;
}
