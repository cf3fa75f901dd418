using System.Security.Cryptography;
using System.Text;
using BootLoader.Avb;
using BootLoader.Avb.Making;

namespace Vmm.CommandLine.Image;

/// <summary>Puts a vbmeta into words, without verifying it.</summary>
internal static class VbmetaReportReader
{
    public static VbmetaReport Read(scoped in VbmetaImage image)
    {
        VbmetaHeader header = image.Header;
        var descriptors = new List<DescriptorReport>();
        AvbDescriptorEnumerator walk = image.Descriptors;
        while (walk.MoveNext())
        {
            descriptors.Add(Describe(walk.Current));
        }

        if (walk.IsMalformed)
        {
            descriptors.Add(new DescriptorReport("malformed", new Dictionary<string, string>()));
        }

        return new VbmetaReport(
            $"{header.RequiredMajor}.{header.RequiredMinor}",
            AvbAlgorithmNames.Name(header.Algorithm),
            image.PublicKey.IsEmpty ? null : KeyId(image.PublicKey),
            header.RollbackIndex,
            header.RollbackIndexLocation,
            (uint)header.Flags,
            Text(image.Release),
            image.Bytes.Length,
            descriptors);
    }

    /// <summary>SHA-1 of a key, by which avbtool names keys; nothing is trusted because of it.</summary>
#pragma warning disable CA5350 // A name, not a proof.
    public static string KeyId(ReadOnlySpan<byte> publicKey) => Convert.ToHexStringLower(SHA1.HashData(publicKey));
#pragma warning restore CA5350

    /// <summary>Text of an image that nobody vouches for: what a terminal would obey is shown as a dot.</summary>
    public static string Text(ReadOnlySpan<byte> bytes)
    {
        char[] text = Encoding.UTF8.GetString(bytes).ToCharArray();
        for (int i = 0; i < text.Length; i++)
        {
            text[i] = char.IsControl(text[i]) ? '.' : text[i];
        }

        return new string(text);
    }

    private static DescriptorReport Describe(AvbDescriptor descriptor)
    {
        if (PropertyDescriptor.TryRead(descriptor, out PropertyDescriptor property))
        {
            return New("property", ("key", Text(property.Key)), ("value", Text(property.Value)));
        }

        if (HashDescriptor.TryRead(descriptor, out HashDescriptor hash))
        {
            return New(
                "hash",
                ("partition", Text(hash.PartitionName)),
                ("imageSize", $"{hash.ImageSize}"),
                ("algorithm", Text(hash.Algorithm)),
                ("salt", Convert.ToHexStringLower(hash.Salt)),
                ("digest", Convert.ToHexStringLower(hash.Digest)),
                ("flags", $"{hash.Flags}"));
        }

        if (HashtreeDescriptor.TryRead(descriptor, out HashtreeDescriptor tree))
        {
            return New(
                "hashtree",
                ("partition", Text(tree.PartitionName)),
                ("imageSize", $"{tree.ImageSize}"),
                ("treeOffset", $"{tree.TreeOffset}"),
                ("treeSize", $"{tree.TreeSize}"),
                ("dataBlockSize", $"{tree.DataBlockSize}"),
                ("hashBlockSize", $"{tree.HashBlockSize}"),
                ("fecRoots", $"{tree.FecRoots}"),
                ("algorithm", Text(tree.Algorithm)),
                ("salt", Convert.ToHexStringLower(tree.Salt)),
                ("rootDigest", Convert.ToHexStringLower(tree.RootDigest)),
                ("flags", $"{tree.Flags}"));
        }

        if (KernelCmdlineDescriptor.TryRead(descriptor, out KernelCmdlineDescriptor cmdline))
        {
            return New("kernelCmdline", ("flags", $"{cmdline.Flags}"), ("text", Text(cmdline.Text)));
        }

        return ChainPartitionDescriptor.TryRead(descriptor, out ChainPartitionDescriptor chain)
            ? New(
                "chainPartition",
                ("partition", Text(chain.PartitionName)),
                ("rollbackIndexLocation", $"{chain.RollbackIndexLocation}"),
                ("publicKeySha1", KeyId(chain.PublicKey)),
                ("flags", $"{chain.Flags}"))
            : New(Enum.IsDefined(descriptor.Tag) ? "malformed" : "unknown", ("tag", $"{(ulong)descriptor.Tag}"), ("size", $"{descriptor.Bytes.Length}"));
    }

    private static DescriptorReport New(string kind, params ReadOnlySpan<(string Name, string Value)> fields)
    {
        // In the order of the format: a dictionary that nothing is removed from keeps it.
        var named = new Dictionary<string, string>();
        foreach ((string name, string value) in fields)
        {
            named.Add(name, value);
        }

        return new DescriptorReport(kind, named);
    }
}
