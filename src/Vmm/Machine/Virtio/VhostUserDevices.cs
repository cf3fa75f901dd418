using Kvm.Interop.Events;
using Kvm.Interop.Sockets;
using Virtio;
using Virtio.Net;
using Virtio.VhostUser;
using Vmm.Configuration;
using Vmm.Devices.Serial;
using Vmm.Logging;
using Vmm.Outcome;

namespace Vmm.Machine.Virtio;

/// <summary>The devices of a machine that other processes serve.</summary>
internal static class VhostUserDevices
{
    private const string LogPart = "vhost-user";

    public static int Count(VmConfig config) => config.VhostUser.Count;

    /// <exception cref="VmmException">A back end is not there, or not fit; the message names the option.</exception>
    public static void AddTo(List<IVirtioDevice> devices, DeviceContext context)
    {
        TimeSpan patience = TimeSpan.FromMilliseconds(context.Config.VhostUserConnectTimeoutMs);
        for (int i = 0; i < context.Config.VhostUser.Count; i++)
        {
            VhostUserConfig device = context.Config.VhostUser[i];
            var settings = new VhostUserSettings(KindOf(device), $"vhost-user {i + 1} ({device.Type})", Connector(device.Socket, patience))
            {
                QueueSize = (ushort)device.MaxQueueSize,
                PackedQueue = device.PackedQueue,
            };
            devices.Add(Create($"{device.Option}: {device.Socket}", context, settings));
        }
    }

    /// <summary>How to reach a socket: by its path, or once as a connection that this process was started with.</summary>
    public static Func<StreamSocket> Connector(string path, TimeSpan patience)
    {
        bool taken = false;
        return () =>
        {
            if (!InheritedDescriptor.IsNamedBy(path, out int number))
            {
                return StreamSocket.Connect(path, patience);
            }

            if (taken)
            {
                throw new VhostUserException($"{path} was the only connection");
            }

            taken = true;
            return StreamSocket.FromNumber(number);
        };
    }

    /// <summary>Connects to a back end.</summary>
    /// <param name="option">The option and what it named, for messages.</param>
    /// <param name="context">What devices are made from.</param>
    /// <param name="settings">The device.</param>
    /// <exception cref="VmmException">It is not there, or not fit.</exception>
    public static VhostUserDevice Create(string option, DeviceContext context, VhostUserSettings settings)
    {
        try
        {
            return new VhostUserDevice(Loop(context), settings with { Report = line => Log.Write(LogLevel.Warn, LogPart, $"{line}") });
        }
        catch (Exception e) when (e is VhostUserException or ArgumentException)
        {
            throw new VmmException($"{option}: {e.Message}", cause: e);
        }
    }

    /// <summary>One loop for all of them: a back end that hangs is given up within seconds, and is not asked again.</summary>
    private static EventLoop Loop(DeviceContext context)
    {
        const string Name = "vhost-user";
        if (context.WaitingLoops.Count == 0)
        {
            var loop = new EventLoop(Name, error => Log.Write(LogLevel.Error, LogPart, $"{error.Message}"));
            context.WaitingLoops.Add(context.Resources.Own(loop));
        }

        return context.WaitingLoops[0];
    }

    private static VhostUserKind KindOf(VhostUserConfig device) => device.Type switch
    {
        VhostUserDeviceType.Block => VhostUserKind.Block,
        VhostUserDeviceType.Console => VhostUserKind.Console,
        VhostUserDeviceType.Fs => VhostUserKind.Fs(device.Tag),
        VhostUserDeviceType.Net => VhostUserKind.Net(device.Mac ?? MacAddress.Random()),
        VhostUserDeviceType.Sound => VhostUserKind.Sound,
        _ => VhostUserKind.Vsock,
    };
}
