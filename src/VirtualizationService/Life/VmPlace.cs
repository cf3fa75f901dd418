using Kvm.Interop;
using Virtualization.Binder;
using VirtualizationService.Directories;
using VirtualizationService.Vsock;

namespace VirtualizationService.Life;

/// <summary>What a VM holds on the host while it is there: its address, its temporary directory, the port for its guest.</summary>
public sealed class VmPlace(VmDirectory directory, IGuestVsock vsock, RpcListener listener, IGlobalContext? context) : IDisposable
{
    private RpcServer? _service;
    private IDisposable? _tombstones;

    /// <summary>The guest's address.</summary>
    public uint Cid => vsock.Cid;

    /// <summary>The temporary directory.</summary>
    public VmDirectory Directory => directory;

    /// <summary>The sockets to the guest.</summary>
    public IGuestVsock Vsock => vsock;

    /// <summary>Tells the system service, where it gave the place, which terminal shows the guest's console.</summary>
    public void SetHostConsoleName(string path) => context?.SetHostConsoleName(path);

    /// <summary>Serves the guest's own service, and to nobody but the guest.</summary>
    /// <remarks>
    /// In one session, the first: that of the guest's manager, which connects before it runs a payload. What else the guest runs cannot speak in its
    /// place, not even after its end, and cannot join its session without the 32 random bytes that the session is called by.
    /// </remarks>
    public void Serve(IBinder service)
    {
        _service = new RpcServer(new RpcServerOptions { Root = _ => service, Accept = vsock.IsGuest, MaxThreads = 1, MaxSessionsInAll = 1 });
        _service.Serve(listener);
    }

    /// <summary>Keeps the guest's crash reports.</summary>
    public void KeepTombstones(ServiceLog log)
    {
        ArgumentNullException.ThrowIfNull(log);
        try
        {
            _tombstones = vsock.TryKeepTombstones(directory.Path, log);
            if (_tombstones is null)
            {
                log.Write($"VM {Cid}: crash reports are not kept: another user's virtmgr has the port {Tombstones.Port}");
            }
        }
        catch (Exception e) when (e is LinuxException or ArgumentException)
        {
            // A guest without crash reports is better than none.
            log.Write($"VM {Cid}: crash reports are not kept: {e.Message}");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tombstones?.Dispose();
        _service?.Dispose();
        listener.Dispose();
        // The directory before the address: who takes the address next makes a directory of the same name.
        directory.Dispose();
        vsock.Dispose();
        context?.Dispose();
    }
}
