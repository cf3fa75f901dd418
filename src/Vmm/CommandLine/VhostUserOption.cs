using System.CommandLine;
using Vmm.Configuration;
using Vmm.Outcome;

namespace Vmm.CommandLine;

/// <summary>The values of <c>--vhost-user</c>, and the older options with the type in their name.</summary>
internal static class VhostUserOption
{
    private const string Option = "--vhost-user";

    private static readonly KeyedSchema s_keys = new("type", "socket", "max-queue-size", "packed-queue", "tag", "mac")
    {
        FirstKey = "type",
        NotYet = ["pci-address"],
    };

    private static readonly KeyedSchema s_fsKeys = new("socket", "tag") { FirstKey = "socket" };

    private static readonly Dictionary<string, VhostUserDeviceType> s_types = new()
    {
        ["block"] = VhostUserDeviceType.Block,
        ["console"] = VhostUserDeviceType.Console,
        ["fs"] = VhostUserDeviceType.Fs,
        ["net"] = VhostUserDeviceType.Net,
        ["snd"] = VhostUserDeviceType.Sound,
        ["vsock"] = VhostUserDeviceType.Vsock,
    };

    private static readonly string[] s_notYet =
        ["gpu", "input", "mac80211-hwsim", "media", "pvclock", "scmi", "scsi", "video-decoder", "video-encoder", "wl"];

    /// <summary>The devices in the order given, those of older options last.</summary>
    public static IReadOnlyList<VhostUserConfig> ReadAll(ParseResult result, RunOptions options)
    {
        List<VhostUserConfig> devices = [.. (result.GetValue(options.VhostUser) ?? []).Select(Read)];
        devices.AddRange((result.GetValue(options.VhostUserFs) ?? []).Select(ReadFs));
        Add(options.VhostUserBlk, VhostUserDeviceType.Block);
        Add(options.VhostUserConsole, VhostUserDeviceType.Console);
        Add(options.VhostUserNet, VhostUserDeviceType.Net);
        Add(options.VhostUserSnd, VhostUserDeviceType.Sound);
        Add(options.VhostUserVsock, VhostUserDeviceType.Vsock);
        return devices;

        void Add(Option<string[]> option, VhostUserDeviceType type) =>
            devices.AddRange((result.GetValue(option) ?? []).Select(path => Older(option.Name, type, path)));
    }

    private static VhostUserConfig Read(string text)
    {
        var keys = KeyedOption.Parse(Option, text, s_keys);
        return new VhostUserConfig
        {
            Type = keys.Choice("type", s_types, s_notYet) ?? throw new InvalidOptionException($"{Option}: '{text}' has no type="),
            Socket = keys.Text("socket") ?? throw new InvalidOptionException($"{Option}: '{text}' has no socket="),
            MaxQueueSize = keys.Number("max-queue-size") ?? 256,
            PackedQueue = keys.Flag("packed-queue"),
            Tag = keys.Text("tag"),
            Mac = NetOption.ReadMac(Option, keys.Text("mac")),
        };
    }

    private static VhostUserConfig ReadFs(string text)
    {
        const string Name = "--vhost-user-fs";
        var keys = KeyedOption.Parse(Name, text, s_fsKeys);
        string socket = keys.Text("socket") ?? throw new InvalidOptionException($"{Name}: the path is missing");
        // A path may have a colon too, but a tag has no slash.
        int colon = socket.LastIndexOf(':');
        bool tagged = colon > 0 && !socket[(colon + 1)..].Contains('/', StringComparison.Ordinal);
        return Older(Name, VhostUserDeviceType.Fs, tagged ? socket[..colon] : socket) with
        {
            Tag = keys.Text("tag") ?? (tagged ? socket[(colon + 1)..] : null),
        };
    }

    private static VhostUserConfig Older(string option, VhostUserDeviceType type, string path) =>
        path.Length > 0
            ? new VhostUserConfig { Option = option, Type = type, Socket = path }
            : throw new InvalidOptionException($"{option}: the path is empty");
}
