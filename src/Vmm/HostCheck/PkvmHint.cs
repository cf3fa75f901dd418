using System.Globalization;

namespace Vmm.HostCheck;

/// <summary>Why a host makes no protected VMs. There is no capability to ask; the kernel answers EINVAL for every reason.</summary>
internal static class PkvmHint
{
    private const string Mode = "kvm-arm.mode=protected";

    /// <summary>What has to change.</summary>
    /// <param name="release">The kernel's release (<c>6.12.41+deb13-arm64</c>).</param>
    /// <param name="commandLine">The parameters that the kernel was booted with.</param>
    /// <param name="needed">The first version of Linux that has protected VMs.</param>
    public static string For(string release, string commandLine, Version needed)
    {
        var isBootedFor = commandLine.Split(' ').Contains(Mode);
        if (Parse(release) is { } version && version < needed)
        {
            return $"needs Linux {needed} or later{(isBootedFor ? "" : $", booted with {Mode}")}; this is {release}";
        }

        return isBootedFor
            ? $"the host is booted with {Mode}, but the kernel refuses: look for \"kvm\" in its log"
            : $"boot the host with {Mode}";
    }

    private static Version? Parse(string release)
    {
        var parts = release.Split('.', '-', '+');
        return parts.Length >= 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var minor)
                ? new Version(major, minor)
                : null;
    }
}
