using BootLoader.Fdt;

namespace Pvmfw.DeviceTree;

/// <summary>Writes the node <c>avf</c>: confirmed properties, the host's under <c>untrusted</c>, and what the debug policy allows.</summary>
internal static class AvfNode
{
    public static void Write(ref FdtWriter fdt, scoped in TreeFacts facts, DebugPolicy policy)
    {
        bool isDebugged = policy.Log || policy.RamDump || policy.Adb;
        if (facts.AvfProperties.Length == 0 && facts.UntrustedProperties.Length == 0 && !isDebugged)
        {
            return;
        }

        fdt.BeginNode("avf"u8);
        WriteProperties(ref fdt, facts.AvfProperties);
        if (facts.UntrustedProperties.Length > 0)
        {
            fdt.BeginNode("untrusted"u8);
            WriteProperties(ref fdt, facts.UntrustedProperties);
            fdt.EndNode();
        }

        if (isDebugged)
        {
            WritePolicy(ref fdt, policy);
        }

        fdt.EndNode();
    }

    private static void WriteProperties(ref FdtWriter fdt, scoped ReadOnlySpan<byte> list)
    {
        while (PropertyList.TryTake(ref list, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value))
        {
            fdt.Property(name, value);
        }
    }

    private static void WritePolicy(ref FdtWriter fdt, DebugPolicy policy)
    {
        fdt.BeginNode("guest"u8);
        if (policy.Log || policy.RamDump)
        {
            fdt.BeginNode("common"u8);
            if (policy.Log)
            {
                fdt.Cell("log"u8, 1);
            }

            if (policy.RamDump)
            {
                fdt.Cell("ramdump"u8, 1);
            }

            fdt.EndNode();
        }

        if (policy.Adb)
        {
            fdt.BeginNode("microdroid"u8);
            fdt.Cell("adb"u8, 1);
            fdt.EndNode();
        }

        fdt.EndNode();
    }
}
