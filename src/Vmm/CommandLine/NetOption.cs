using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Virtio.Net;
using Vmm.Configuration;
using Vmm.Outcome;

namespace Vmm.CommandLine;

/// <summary>The values of <c>--net</c>, and the older options that describe one card in pieces.</summary>
internal static class NetOption
{
    private const string Option = "--net";
    private const string DefaultVhostNet = "/dev/vhost-net";

    private static readonly KeyedSchema s_keys = new(
        "type", "tap-name", "tap-fd", "host-ip", "netmask", "mac", "vq-pairs", "mtu", "vhost-net", "packed-queue", "socket", "ports", "tcp-ports", "udp-ports")
    {
        NotYet = ["pci-address", "mrg-rxbuf"],
    };

    private static readonly KeyedSchema s_vhostKeys = new("device");

    private static readonly Dictionary<string, bool> s_types = new() { ["tap"] = false, ["passt"] = true };

    /// <summary>The cards in the order of the guest's names, those of older options last.</summary>
    public static IReadOnlyList<NetConfig> ReadAll(ParseResult result, RunOptions options) =>
        [.. (result.GetValue(options.Net) ?? []).Select(Read), .. ReadOlder(result, options)];

    /// <summary>Reads the address of a card.</summary>
    /// <exception cref="InvalidOptionException">It is none.</exception>
    public static MacAddress? ReadMac(string option, string? text) =>
        text is null ? null
        : MacAddress.TryParse(text, out var mac) ? mac
        : throw new InvalidOptionException($"{option}: mac '{text}' is not of the form 12:34:56:78:9a:bc");

    private static NetConfig Read(string text)
    {
        var keys = KeyedOption.Parse(Option, text, s_keys);
        string? tapName = keys.Text("tap-name");
        string? tapFd = keys.Text("tap-fd");
        string? hostIp = keys.Text("host-ip");
        bool passt = keys.Choice("type", s_types) ?? false;
        int ways = (tapName is null ? 0 : 1) + (tapFd is null ? 0 : 1) + (hostIp is null ? 0 : 1) + (passt ? 1 : 0);
        if (ways != 1)
        {
            throw new InvalidOptionException($"{Option}: '{text}' needs one of tap-name=, tap-fd=, host-ip= with netmask=, or type=passt");
        }

        string[] passtKeys = ["socket", "ports", "tcp-ports", "udp-ports"];
        if (!passt && Array.Find(passtKeys, key => keys.Text(key) is not null) is { } key)
        {
            throw new InvalidOptionException($"{Option}: {key}= belongs to type=passt");
        }

        bool vhost = keys.FlagOrList("vhost-net", s_vhostKeys, out var vhostKeys);
        var card = new NetConfig
        {
            Backend = passt ? NetBackend.Passt : tapName is not null ? NetBackend.TapName : tapFd is not null ? NetBackend.TapFd : NetBackend.NewTap,
            TapName = tapName ?? "",
            TapFd = tapFd is null ? -1 : ReadDescriptor(Option, tapFd),
            Mac = ReadMac(Option, keys.Text("mac")),
            QueuePairs = keys.Number("vq-pairs") ?? 1,
            Mtu = keys.Number("mtu"),
            VhostNetDevice = vhost ? vhostKeys?.Text("device") ?? DefaultVhostNet : null,
            PackedQueue = keys.Flag("packed-queue"),
            PasstSocket = keys.Text("socket"),
            TcpPorts = keys.Text("tcp-ports") ?? keys.Text("ports"),
            UdpPorts = keys.Text("udp-ports"),
        };
        if (passt && (card.VhostNetDevice is not null || card.QueuePairs != 1 || card.Mtu is not null))
        {
            throw new InvalidOptionException($"{Option}: vhost-net, vq-pairs= and mtu= belong to a tap; passt has one pair of queues and its own MTU");
        }

        if (card.PasstSocket is not null && (card.TcpPorts ?? card.UdpPorts) is not null)
        {
            throw new InvalidOptionException($"{Option}: with socket= passt runs already; give the ports to it");
        }

        return WithAddress(card, hostIp, keys.Text("netmask"));
    }

    private static IEnumerable<NetConfig> ReadOlder(ParseResult result, RunOptions options)
    {
        ulong pairs = result.GetValue(options.NetVqPairs) is { } number
            ? KeyedOption.TryParseNumber(number, out ulong count) ? count : throw new InvalidOptionException($"--net-vq-pairs: '{number}' is not a number")
            : 1;
        string? vhost = result.GetValue(options.VhostNet) ? result.GetValue(options.VhostNetDevice) ?? DefaultVhostNet : null;
        var common = new NetConfig { QueuePairs = pairs, VhostNetDevice = vhost };
        foreach (string name in result.GetValue(options.TapName) ?? [])
        {
            yield return common with { Option = "--tap-name", Backend = NetBackend.TapName, TapName = name };
        }

        foreach (string number1 in result.GetValue(options.TapFd) ?? [])
        {
            yield return common with { Option = "--tap-fd", Backend = NetBackend.TapFd, TapFd = ReadDescriptor("--tap-fd", number1) };
        }

        string? hostIp = result.GetValue(options.HostIp);
        string? netmask = result.GetValue(options.Netmask);
        string? mac = result.GetValue(options.Mac);
        if ((hostIp ?? netmask ?? mac) is null)
        {
            yield break;
        }

        if (hostIp is null || netmask is null || mac is null)
        {
            throw new InvalidOptionException("--host-ip, --netmask and --mac describe one card together; all three are needed");
        }

        yield return WithAddress(
            common with { Option = "--host-ip", Backend = NetBackend.NewTap, Mac = ReadMac("--mac", mac) }, hostIp, netmask);
    }

    private static NetConfig WithAddress(NetConfig card, string? hostIp, string? netmask)
    {
        if (hostIp is null != netmask is null)
        {
            throw new InvalidOptionException($"{card.Option}: host-ip= and netmask= belong together");
        }

        return hostIp is null ? card : card with { HostIp = ReadAddress(card.Option, "host-ip", hostIp), Netmask = ReadAddress(card.Option, "netmask", netmask!) };
    }

    private static IPAddress ReadAddress(string option, string key, string text) =>
        IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetwork && text.Count('.') == 3
            ? address
            : throw new InvalidOptionException($"{option}: {key} '{text}' is no IPv4 address");

    private static int ReadDescriptor(string option, string text) =>
        KeyedOption.TryParseNumber(text, out ulong number) && number is > 2 and <= int.MaxValue
            ? (int)number
            : throw new InvalidOptionException($"{option}: '{text}' is no number of a descriptor from 3 on");
}
