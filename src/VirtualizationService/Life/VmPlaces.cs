using Kvm.Interop;
using Virtualization.Binder;
using VirtualizationService.Cids;
using VirtualizationService.Directories;
using VirtualizationService.Vsock;

namespace VirtualizationService.Life;

/// <summary>Finds places for VMs. The kernel arbitrates addresses between all users and processes, and gives them back after a crash.</summary>
/// <param name="host">The host's sockets to guests.</param>
/// <param name="root">Where temporary directories are made.</param>
/// <param name="contexts">The system service, where it runs.</param>
public sealed class VmPlaces(IVsockHost host, string root, IGlobalContexts? contexts)
{
    /// <summary>How many addresses are tried whose port on the host is another process's. Source: AVF, android/virtmgr/src/aidl.rs.</summary>
    private const int PortAttempts = 5;

    private readonly LastCid _last = new(Path.Combine(root, "last-cid"));
    private readonly Lock _lock = new();

    /// <summary>Takes a place.</summary>
    /// <param name="memoryMib">What the VM will use, for the limits of its user.</param>
    /// <exception cref="RefusedException">There is none left, or the user has too many.</exception>
    public VmPlace Take(int memoryMib)
    {
        lock (_lock)
        {
            int busyPorts = 0;
            uint cid = _last.Read();
            for (int attempt = 0; attempt < CidRange.Count; attempt++)
            {
                IGlobalContext? context = contexts?.Allocate(memoryMib);
                cid = context?.Cid ?? CidRange.After(cid);
                Attempt result = TryTake(cid, context);
                if (result.Place is not null)
                {
                    _last.Write(cid);
                    return result.Place;
                }

                if (result.PortIsBusy && ++busyPorts == PortAttempts)
                {
                    throw new RefusedException(
                        Refusal.Failed, $"the vsock ports of the host are taken: {PortAttempts} in a row up to {cid}; another program listens there");
                }
            }

            throw new RefusedException(Refusal.Failed, $"no address is left for another virtual machine: {CidRange.First} to {CidRange.Last} are in use");
        }
    }

    private Attempt TryTake(uint cid, IGlobalContext? context)
    {
        VmDirectory? directory = null;
        IGuestVsock? vsock = null;
        RpcListener? listener = null;
        try
        {
            directory = context is null ? VmDirectory.TryMake(root, cid) : VmDirectory.Adopt(context.TemporaryDirectory);
            vsock = directory is null ? null : host.TryTake(cid, directory.Path);
            listener = vsock?.TryListen(cid);
            if (listener is not null)
            {
                return new Attempt(new VmPlace(directory!, vsock!, listener, context), false);
            }

            bool portIsBusy = vsock is not null;
            Release(listener, vsock, directory, context);
            return new Attempt(null, portIsBusy);
        }
        catch (Exception failure) when (failure is LinuxException or ArgumentException)
        {
            Release(listener, vsock, directory, context);
            throw new RefusedException(Refusal.Failed, $"the address {cid} cannot be taken for a guest: {failure.Message}", failure);
        }
        catch
        {
            Release(listener, vsock, directory, context);
            throw;
        }
    }

    private static void Release(params ReadOnlySpan<IDisposable?> parts)
    {
        foreach (IDisposable? part in parts)
        {
            part?.Dispose();
        }
    }

    private readonly record struct Attempt(VmPlace? Place, bool PortIsBusy);
}
