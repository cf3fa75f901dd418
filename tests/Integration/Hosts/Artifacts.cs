using System.Runtime.CompilerServices;

namespace Integration.Hosts;

/// <summary>What <c>scripts/test</c> built for the KVM host: vmm, HostProbe, guests/*.img, guest/initrd, guest/kernels/*.</summary>
internal static class Artifacts
{
    /// <summary>Their folder on this machine.</summary>
    public static string Directory { get; } = Environment.GetEnvironmentVariable("VMM_TEST_ARTIFACTS")
        ?? throw new InvalidOperationException("VMM_TEST_ARTIFACTS is not set: start the integration tests with scripts/test");

    /// <summary>An ext4 image of that folder, for the host VM.</summary>
    public static string Disk { get; } = Environment.GetEnvironmentVariable("VMM_TEST_DISK")
        ?? throw new InvalidOperationException("VMM_TEST_DISK is not set: start the integration tests with scripts/test");

    /// <summary>The script that keeps the aarch64 host VM.</summary>
    public static string HostVmScript { get; } = Path.Combine(SourceRoot(), "scripts", "host-vm");

    /// <summary>The development keys, which sign what is verified.</summary>
    public static string Keys { get; } = Path.Combine(SourceRoot(), "images", "keys");

    /// <summary>The versions of Debian's kernels that were built, oldest first: <c>guest/kernels/linux-VERSION</c>.</summary>
    public static IReadOnlyList<Version> Kernels { get; } =
        [.. System.IO.Directory.GetFiles(Path.Combine(Directory, "guest", "kernels"), "linux-*").Select(path => Version.Parse(Path.GetFileName(path)["linux-".Length..])).Order()];

    private static string SourceRoot([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", ".."));
}
