using System.Numerics;
using System.Text;
using Kvm.Interop.Net;
using Virtio.Net;
using Vmm.Outcome;

namespace Vmm.Configuration;

/// <summary>The rules of <c>--net</c> and <c>--vhost-user</c>.</summary>
internal static class NetCheck
{
    private const ulong MinMtu = 68; // of IPv4; the least that virtio allows as well
    private const int MaxTagBytes = 36;
    private const ulong MaxQueueSize = 1024;

    /// <exception cref="InvalidOptionException">The first fault.</exception>
    public static void Check(VmConfig config)
    {
        foreach (NetConfig card in config.Net)
        {
            Check(card);
        }

        foreach (VhostUserConfig device in config.VhostUser)
        {
            Check(device);
        }

        if (config.IsProtected && config.SharesMemory)
        {
            string option = config.VhostUser.Count > 0 ? config.VhostUser[0].Option : "--net type=passt";
            throw new InvalidOptionException(
                $"{option}: a protected VM's memory cannot be shared with another process, which this device needs; use a tap for its network");
        }
    }

    private static void Check(NetConfig card)
    {
        if (card.Backend == NetBackend.TapName && Encoding.UTF8.GetByteCount(card.TapName) is 0 or > TapQueue.MaxNameLength)
        {
            throw new InvalidOptionException($"{card.Option}: tap-name='{card.TapName}'; a name has 1 to {TapQueue.MaxNameLength} bytes");
        }

        if (card.QueuePairs is < 1 or > NetDevice.MaxPairs)
        {
            throw new InvalidOptionException($"{card.Option}: vq-pairs={card.QueuePairs}; 1 to {NetDevice.MaxPairs} are possible");
        }

        if (card.Mtu is < MinMtu or > ushort.MaxValue)
        {
            throw new InvalidOptionException($"{card.Option}: mtu={card.Mtu}; it is {MinMtu} to {ushort.MaxValue} bytes");
        }

        if (card is { PackedQueue: true, VhostNetDevice: not null })
        {
            throw new InvalidOptionException($"{card.Option}: packed-queue with vhost-net; the kernel's vhost knows split queues only");
        }

        CheckMac(card.Option, card.Mac);
    }

    private static void Check(VhostUserConfig device)
    {
        if (!BitOperations.IsPow2(device.MaxQueueSize) || device.MaxQueueSize > MaxQueueSize)
        {
            throw new InvalidOptionException($"{device.Option}: max-queue-size={device.MaxQueueSize}; it is a power of two up to {MaxQueueSize}");
        }

        if (device.Tag is { } tag && (device.Type != VhostUserDeviceType.Fs || Encoding.UTF8.GetByteCount(tag) is 0 or > MaxTagBytes))
        {
            throw new InvalidOptionException($"{device.Option}: tag='{tag}'; it belongs to type=fs and has 1 to {MaxTagBytes} bytes");
        }

        if (device.Mac is not null && device.Type != VhostUserDeviceType.Net)
        {
            throw new InvalidOptionException($"{device.Option}: mac= belongs to type=net");
        }

        CheckMac(device.Option, device.Mac);
    }

    private static void CheckMac(string option, MacAddress? mac)
    {
        if (mac is { IsUnicast: false } wrong)
        {
            throw new InvalidOptionException($"{option}: mac={wrong} is a group address or zero; the first byte is even");
        }
    }
}
