using System.CommandLine;
using System.Globalization;
using Vmm.Configuration;
using Vmm.Outcome;

namespace Vmm.CommandLine;

/// <summary>The value of <c>--vsock</c>, and the older options that say the same: <c>--cid</c>, <c>--vhost-vsock-device</c>, <c>--vhost-vsock-fd</c>.</summary>
internal static class VsockOption
{
    private static readonly KeyedSchema s_keys = new("cid", "device", "uds", "pcap") { FirstKey = "cid", NotYet = ["max-queue-sizes"] };

    /// <summary>The device that the options describe; null without any.</summary>
    /// <exception cref="InvalidOptionException">A value that cannot be, or options that contradict each other.</exception>
    public static VsockConfig? Read(ParseResult result, RunOptions options)
    {
        string? vsock = result.GetValue(options.Vsock);
        string? cid = result.GetValue(options.Cid);
        string? device = result.GetValue(options.VhostVsockDevice);
        string? descriptor = result.GetValue(options.VhostVsockFd);
        if (vsock is not null && cid is not null)
        {
            throw new InvalidOptionException("--cid and --vsock both give the VM its vsock device; leave one out");
        }

        if (device is not null && descriptor is not null)
        {
            throw new InvalidOptionException("--vhost-vsock-device and --vhost-vsock-fd both name the kernel's device; leave one out");
        }

        if (descriptor is not null)
        {
            if (!int.TryParse(descriptor, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            {
                throw new InvalidOptionException($"--vhost-vsock-fd: '{descriptor}' is not the number of a descriptor");
            }

            device = $"/proc/self/fd/{number}";
        }

        if (vsock is null && cid is null)
        {
            return device is null
                ? null
                : throw new InvalidOptionException($"{(descriptor is null ? "--vhost-vsock-device" : "--vhost-vsock-fd")}: the guest needs a CID: add --cid N");
        }

        return cid is not null ? new VsockConfig { Option = "--cid", Cid = ReadCid(cid), DevicePath = device } : ReadKeyed(vsock!, device);
    }

    private static ulong ReadCid(string text) =>
        KeyedOption.TryParseNumber(text, out ulong cid)
            ? cid
            : throw new InvalidOptionException($"--cid: '{text}' is not a number (decimal or 0x hexadecimal)");

    private static VsockConfig ReadKeyed(string text, string? device)
    {
        var keys = KeyedOption.Parse("--vsock", text, s_keys);
        string? ownDevice = keys.Text("device");
        if (ownDevice is not null && device is not null)
        {
            throw new InvalidOptionException("--vsock: device= and an older option both name the kernel's device; leave one out");
        }

        return new VsockConfig
        {
            Cid = keys.Number("cid") ?? throw new InvalidOptionException("--vsock: cid= is missing"),
            DevicePath = ownDevice ?? device,
            SocketPath = keys.Text("uds"),
            CapturePath = keys.Text("pcap"),
        };
    }
}
