using System.Security.Cryptography;
using BootLoader.Fdt;
using Integration.Hosts;

namespace Integration.Guests;

/// <summary>Compares the device tree that a guest's kernel unpacked with the one that vmm wrote to a file.</summary>
internal static class GuestDeviceTree
{
    /// <summary>Prints a line for each property: digest and path.</summary>
    public const string Command = "(cd /sys/firmware/devicetree/base && find . -type f | xargs sha1sum)";

    // The kernel takes the seeds out of its copy.
    private static readonly string[] s_seeds = ["./chosen/kaslr-seed", "./chosen/rng-seed"];

    /// <summary>Reads the blob that <c>--dump-device-tree-blob $W/dtb</c> wrote.</summary>
    public static async Task<FdtTree> ReadDump(Workspace work) =>
        FdtTree.Parse(Convert.FromBase64String((await work.Run("base64 $W/dtb")).ShouldExitWith(0).Output));

    /// <summary>Fails the test unless both have the same properties with the same values.</summary>
    /// <param name="tree">What vmm wrote.</param>
    /// <param name="listing">What <see cref="Command"/> printed.</param>
    public static void ShouldEqual(FdtTree tree, string listing)
    {
        IEnumerable<string> written = tree.Root.SelfAndDescendants()
            .SelectMany(node => node.Properties.Select(property => $"{Digest(property)}  .{node.Path.TrimEnd('/')}/{property.Name}"));
        IEnumerable<string> seen = listing.Split('\n')
            .Where(line => !line.EndsWith("/name", StringComparison.Ordinal)); // every node gets one from the kernel
        Assert.Equal(WithoutSeeds(written), WithoutSeeds(seen));
    }

    private static IOrderedEnumerable<string> WithoutSeeds(IEnumerable<string> lines) =>
        lines.Where(line => !s_seeds.Any(seed => line.EndsWith(seed, StringComparison.Ordinal))).Order(StringComparer.Ordinal);

#pragma warning disable CA5350 // Compares; nothing is protected by it.
    private static string Digest(FdtProperty property) => Convert.ToHexStringLower(SHA1.HashData(property.Value.Span));
#pragma warning restore CA5350
}
