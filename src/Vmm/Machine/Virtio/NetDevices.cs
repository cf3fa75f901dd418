using Kvm.Interop;
using Kvm.Interop.Net;
using Kvm.Interop.Sockets;
using Kvm.Interop.Vhost;
using Virtio;
using Virtio.Net;
using Virtio.VhostUser;
using Vmm.Configuration;
using Vmm.Outcome;

namespace Vmm.Machine.Virtio;

/// <summary>The network cards of a machine.</summary>
internal static class NetDevices
{
    private const string NewTapName = "vmtap%d";

    public static int Count(VmConfig config) => config.Net.Count;

    /// <exception cref="VmmException">What a card is joined to cannot be had; the message names the option.</exception>
    public static void AddTo(List<IVirtioDevice> devices, DeviceContext context)
    {
        for (int i = 0; i < context.Config.Net.Count; i++)
        {
            NetConfig card = context.Config.Net[i];
            string name = $"net {i + 1}";
            devices.Add(card.Backend == NetBackend.Passt ? CreatePasst(card, name, context) : CreateTap(card, name, context));
        }
    }

    private static NetDevice CreateTap(NetConfig card, string name, DeviceContext context)
    {
        var taps = new List<TapQueue>();
        var vhosts = new List<VhostNet>();
        try
        {
            OpenQueues(card, taps);
            var settings = new NetSettings(name, card.Mac ?? MacAddress.Random(), (ushort?)card.Mtu, card.PackedQueue);
            if (card.VhostNetDevice is not { } path)
            {
                return new TapNetDevice(context.Loop, settings, [.. taps]);
            }

            foreach (TapQueue unused in taps)
            {
                vhosts.Add(new VhostNet(VhostDevice.Open(path, "vhost_net")));
            }

            return new VhostNetDevice(context.Loop, settings, [.. taps], [.. vhosts]);
        }
        catch (Exception e)
        {
            vhosts.ForEach(static vhost => vhost.Dispose());
            taps.ForEach(static tap => tap.Dispose());
            if (e is LinuxException)
            {
                throw new VmmException($"{card.Option}: {e.Message}", cause: e);
            }

            throw;
        }
    }

    private static void OpenQueues(NetConfig card, List<TapQueue> taps)
    {
        bool several = card.QueuePairs > 1;
        TapQueue first = card.Backend switch
        {
            NetBackend.TapFd => TapQueue.FromNumber(card.TapFd),
            NetBackend.TapName => OpenByName(card.TapName, several),
            _ => TapQueue.Open(NewTapName, several),
        };
        taps.Add(first);
        if (several && !first.IsMultiQueue)
        {
            throw new VmmException(
                $"{card.Option}: {first.InterfaceName} has one queue; vq-pairs={card.QueuePairs} needs a tap that was made with multi_queue");
        }

        while ((ulong)taps.Count < card.QueuePairs)
        {
            taps.Add(TapQueue.Open(first.InterfaceName, multiQueue: true));
        }

        if (card.Backend == NetBackend.NewTap)
        {
            NetworkInterface.SetAddress(first.InterfaceName, card.HostIp!, card.Netmask!);
            if (card.Mtu is { } mtu)
            {
                NetworkInterface.SetMtu(first.InterfaceName, (int)mtu);
            }

            NetworkInterface.SetUp(first.InterfaceName, true);
        }
    }

    /// <summary>One queue is enough of an interface that can have several.</summary>
    private static TapQueue OpenByName(string name, bool several)
    {
        try
        {
            return TapQueue.Open(name, several);
        }
        catch (LinuxException e) when (!several && e.Errno == Errno.EINVAL)
        {
            return TapQueue.Open(name, multiQueue: true);
        }
    }

    private static VhostUserDevice CreatePasst(NetConfig card, string name, DeviceContext context)
    {
        Func<StreamSocket> connect;
        string option = $"{card.Option}: type=passt";
        if (card.PasstSocket is { } path)
        {
            TimeSpan patience = TimeSpan.FromMilliseconds(context.Config.VhostUserConnectTimeoutMs);
            connect = VhostUserDevices.Connector(path, patience);
        }
        else
        {
            connect = context.Resources.Own(new PasstProcess(option, card.TcpPorts, card.UdpPorts)).Start;
        }

        var settings = new VhostUserSettings(VhostUserKind.Net(card.Mac ?? MacAddress.Random()), name, connect) { PackedQueue = card.PackedQueue };
        return VhostUserDevices.Create(option, context, settings);
    }
}
