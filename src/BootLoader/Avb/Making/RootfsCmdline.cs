using System.Globalization;
using System.Text;

namespace BootLoader.Avb.Making;

/// <summary>The kernel parameters that mount a partition with a hash tree as root: through dm-verity, and without it when that is disabled.</summary>
public static class RootfsCmdline
{
    /// <summary>Adds both.</summary>
    /// <param name="vbmeta">Takes them.</param>
    /// <param name="hashtree">The partition's hashtree descriptor.</param>
    /// <exception cref="AvbException">It is no such descriptor, or its blocks are not of one size.</exception>
    public static void AddTo(VbmetaBuilder vbmeta, ReadOnlySpan<byte> hashtree)
    {
        ArgumentNullException.ThrowIfNull(vbmeta);
        var walk = new AvbDescriptorEnumerator(hashtree);
        if (!walk.MoveNext() || !HashtreeDescriptor.TryRead(walk.Current, out HashtreeDescriptor tree) || tree.DataBlockSize == 0 || tree.HashBlockSize == 0)
        {
            throw new AvbException("a hashtree descriptor is malformed");
        }

        string salt = tree.Salt.IsEmpty ? "-" : Convert.ToHexStringLower(tree.Salt);
        bool once = (tree.Flags & HashtreeDescriptor.CheckAtMostOnce) != 0;
        string arguments = $"{(once ? 3 : 2)} $(ANDROID_VERITY_MODE) ignore_zero_blocks{(once ? " check_at_most_once" : "")}";
        string device = "PARTUUID=$(ANDROID_SYSTEM_PARTUUID)";
        string table = string.Create(
            CultureInfo.InvariantCulture,
            $"verity 1 {device} {device} {tree.DataBlockSize} {tree.HashBlockSize} {tree.ImageSize / tree.DataBlockSize} {tree.TreeOffset / tree.HashBlockSize} {Encoding.ASCII.GetString(tree.Algorithm)} {Convert.ToHexStringLower(tree.RootDigest)} {salt} {arguments}");
        vbmeta.Add(AvbDescriptors.KernelCmdline(
            string.Create(CultureInfo.InvariantCulture, $"dm=\"1 vroot none ro 1,0 {tree.ImageSize / 512} {table}\" root=/dev/dm-0"),
            KernelCmdlineDescriptor.OnlyWithHashtree));
        vbmeta.Add(AvbDescriptors.KernelCmdline($"root={device}", KernelCmdlineDescriptor.OnlyWithoutHashtree));
    }
}
