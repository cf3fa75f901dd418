using BootLoader.Fdt;

namespace Pvmfw.DeviceTree;

/// <summary>
/// The node <c>avf</c>, by which a host tells the guest more. What its subnode <c>untrusted</c> says is passed on as such; of the rest, only
/// what the device's own reference says as well.
/// </summary>
internal static class AvfRules
{
    public static TreeFault Read(FdtNodeView root, ReadOnlySpan<byte> reference, ref TreeFacts facts)
    {
        if (!root.TryGetChild("avf"u8, out FdtNodeView avf))
        {
            return TreeFault.None;
        }

        TreeFault fault = ReadConfirmed(avf, reference, ref facts);
        return fault != TreeFault.None || !avf.TryGetChild("untrusted"u8, out FdtNodeView untrusted) ? fault : ReadUntrusted(untrusted, ref facts);
    }

    private static TreeFault ReadConfirmed(FdtNodeView avf, ReadOnlySpan<byte> reference, ref TreeFacts facts)
    {
        var trusted = new TrustedTree(reference);
        PropertyList confirmed = facts.NewAvfList();
        foreach (FdtPropertyView property in avf.Properties)
        {
            if (!trusted.TryGetProperty("/avf"u8, property.Name, out ReadOnlySpan<byte> value))
            {
                continue;
            }

            if (!value.SequenceEqual(property.Value))
            {
                return TreeFault.AvfMismatch;
            }

            if (confirmed.Contains(property.Name))
            {
                return TreeFault.AvfDuplicate;
            }

            if (!confirmed.TryAdd(property.Name, property.Value))
            {
                return TreeFault.AvfTooLarge;
            }
        }

        facts.SetAvfLength(confirmed.Content.Length);
        return TreeFault.None;
    }

    private static TreeFault ReadUntrusted(FdtNodeView untrusted, ref TreeFacts facts)
    {
        PropertyList kept = facts.NewUntrustedList();
        foreach (FdtPropertyView property in untrusted.Properties)
        {
            if (property.Name.SequenceEqual("compatible"u8) || property.Name.SequenceEqual("phandle"u8) || property.Name.SequenceEqual("linux,phandle"u8))
            {
                return TreeFault.UntrustedProperty;
            }

            if (kept.Contains(property.Name))
            {
                return TreeFault.AvfDuplicate;
            }

            if (!kept.TryAdd(property.Name, property.Value))
            {
                return TreeFault.AvfTooLarge;
            }
        }

        facts.SetUntrustedLength(kept.Content.Length);
        facts.DefersRollbackProtection = untrusted.TryGetProperty("defer-rollback-protection"u8, out _);
        return !untrusted.TryGetProperty("instance-id"u8, out FdtPropertyView id) || facts.TrySetInstanceId(id.Value)
            ? TreeFault.None
            : TreeFault.InstanceId;
    }
}
