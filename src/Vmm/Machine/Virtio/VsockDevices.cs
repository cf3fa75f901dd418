using Kvm.Interop;
using Kvm.Interop.Files;
using Kvm.Interop.Vhost;
using Virtio;
using Virtio.Vsock;
using Vmm.CommandLine;
using Vmm.Configuration;
using Vmm.Logging;
using Vmm.Outcome;

namespace Vmm.Machine.Virtio;

/// <summary>The socket device of a machine: served by the host's kernel, or by this process.</summary>
internal static class VsockDevices
{
    private const string Module = "vhost_vsock";

    public static int Count(VmConfig config) => config.Vsock is null ? 0 : 1;

    /// <summary>Opens it.</summary>
    /// <exception cref="VmmException">The kernel's device is missing or may not be used, the CID is another VM's, or a path cannot be used.</exception>
    public static void AddTo(List<IVirtioDevice> devices, DeviceContext context)
    {
        if (context.Config.Vsock is { } vsock)
        {
            devices.Add(vsock.SocketPath is { } path ? OpenSockets(vsock, path, context) : OpenKernel(vsock, context));
        }
    }

    private static VhostVsockDevice OpenKernel(VsockConfig vsock, DeviceContext context)
    {
        string path = vsock.DevicePath ?? VsockConfig.DefaultDevicePath;
        try
        {
            VhostVsock vhost = new(DescriptorPath.TryParse(path, out int number) ? FileDescriptor.FromNumber(number) : VhostDevice.Open(path, Module));
            try
            {
                return new VhostVsockDevice(context.Loop, vhost, (uint)vsock.Cid);
            }
            catch
            {
                vhost.Dispose();
                throw;
            }
        }
        catch (LinuxException e)
        {
            string instead = e.Errno == Errno.EADDRINUSE ? "" : $"{(e.Hint is null ? ";" : ", or")} do without it: --vsock cid={vsock.Cid},uds=PATH";
            throw new VmmException($"{vsock.Option}: {e.Message}{instead}", cause: e);
        }
    }

    private static UnixVsockDevice OpenSockets(VsockConfig vsock, string path, DeviceContext context)
    {
        VsockCapture? capture = vsock.CapturePath is { } file
            ? new VsockCapture(HostFile.Create(vsock.Option, file), line => Log.Write(LogLevel.Warn, "vsock", $"{line}"), TimeProvider.System)
            : null;
        try
        {
            return new UnixVsockDevice(context.Loop, (uint)vsock.Cid, path, capture);
        }
        catch (Exception e) when (e is LinuxException or ArgumentException)
        {
            capture?.Dispose();
            throw new VmmException($"{vsock.Option}: {e.Message}", cause: e);
        }
    }
}
