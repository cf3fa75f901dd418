using System.Collections.Concurrent;
using Kvm.Interop;
using Kvm.Interop.Sockets;

namespace VirtualizationService.Vsock;

/// <summary>
/// The host's one port for crash reports, which all guests of this process share while any of them runs. The kernel gives it to one process: guests
/// of others go without reports as long.
/// </summary>
internal sealed class TombstonePort
{
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<uint, string> _directories = new();
    private Tombstones? _tombstones;

    /// <summary>Takes reports of a guest from here on.</summary>
    /// <returns>What ends that; null where another process has the port.</returns>
    public IDisposable? TryAdd(uint cid, string directory, ServiceLog log)
    {
        lock (_lock)
        {
            try
            {
                _tombstones ??= new Tombstones(StreamListener.ListenVsock(new VsockAddress(VsockAddress.AnyCid, Tombstones.Port), backlog: 4), DirectoryOf, log);
            }
            catch (LinuxException)
            {
                return null;
            }

            _directories[cid] = directory;
            return new Entry(this, cid);
        }
    }

    private string? DirectoryOf(StreamConnection connection) =>
        connection.PeerCid() is { } cid && _directories.TryGetValue(cid, out string? directory) ? directory : null;

    private void Remove(uint cid)
    {
        Tombstones? unused = null;
        lock (_lock)
        {
            _directories.TryRemove(cid, out _);
            if (_directories.IsEmpty)
            {
                unused = _tombstones;
                _tombstones = null;
            }
        }

        unused?.Dispose();
    }

    private sealed class Entry(TombstonePort port, uint cid) : IDisposable
    {
        public void Dispose() => port.Remove(cid);
    }
}
