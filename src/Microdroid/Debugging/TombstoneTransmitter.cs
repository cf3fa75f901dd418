using System.Text;
using Kvm.Interop;
using Kvm.Interop.Sockets;
using Virtualization.Aidl;

namespace Microdroid.Debugging;

/// <summary>Sends crash reports to the host's port: one connection for each, its text to the end.</summary>
/// <param name="log">Where a report is noted that could not be sent.</param>
internal sealed class TombstoneTransmitter(GuestLog log) : ITombstones
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public void Send(string report)
    {
        try
        {
            var address = new VsockAddress(VsockAddress.HostCid, IVirtualMachineService.VmTombstonesServicePort);
            using StreamConnection connection = StreamConnection.ConnectVsock(address, s_patience);
            connection.WriteAll(Encoding.UTF8.GetBytes(report));
        }
        catch (Exception e) when (e is LinuxException or TimeoutException)
        {
            log.Write($"the crash report cannot be sent: {e.Message}");
        }
    }
}
