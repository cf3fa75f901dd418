using BootLoader.Avb;
using BootLoader.Fdt;

namespace Integration.Firmware;

/// <summary>Device trees that break one rule, by an overlay over that of the machine. All rules are tested in tests/Pvmfw.Tests.</summary>
internal static class TamperedTrees
{
    private const string Tree = "INVALID_FDT";

    private static readonly TestPayload s_payload = new();

    /// <summary>The table.</summary>
    public static IReadOnlyList<BootCase> All { get; } =
    [
        Case("an overlay that no rule is about", null, "/", node => node.AddChild("toaster").SetString("compatible", "acme,toaster")),
        Case("a second memory", Tree, "/", node => Device(node.AddChild("memory@c0000000"), "device_type", "memory", 0xc000_0000, 0x1000_0000)),
        Case("memory elsewhere", Tree, "/memory", node => node.SetU64("reg", 0x4000_0000, 0x400_0000)),
        Case("memory of half a page", Tree, "/memory", node => node.SetU64("reg", 0x8000_0000, 0x400_0800)),
        Case("a stall detector elsewhere", Tree, "/vmwdt@3000", node => node.SetU64("reg", 0x4000, 0x1000)),
        Case("a second stall detector", Tree, "/", node => Device(node.AddChild("vmwdt@4000"), "compatible", "qemu,vcpu-stall-detector", 0x4000, 0x1000)),
        Case("a fifth UART", Tree, "/", node => Device(node.AddChild("serial@4e8"), "compatible", "ns16550a", 0x4e8, 8)),
        Case("CPUs of another kind", Tree, "/cpus/cpu@0", node => node.SetString("compatible", "arm,arm-v7")),
        Case("a GIC elsewhere", Tree, "/intc", node => node.SetU64("reg", 0x3ffe_0000, 0x1_0000, 0x3ffb_0000, 0x2_0000)),
        Case("PCI configuration in RAM", Tree, "/pci", node => node.SetU64("reg", 0x8000_0000, 0x100_0000)),
        Case("one PCI window", Tree, "/pci", node => node.SetU32("ranges", 0x0300_0000, 0, 0x0200_0000, 0, 0x0200_0000, 0, 0x0200_0000)),
        Case("a PCI window over RAM", Tree, "/pci", node => node.SetU32(
            "ranges", 0x0300_0000, 0, 0x8000_0000, 0, 0x8000_0000, 0, 0x10_0000, 0x0300_0000, 1, 0, 1, 0, 0, 0x10_0000)),
        Case("an interrupt mask of all", Tree, "/pci", node => node.SetU32("interrupt-map-mask", 0xff00, 0, 0, 7)),
        Case("a second DMA pool", Tree, "/reserved-memory", node => Device(node.AddChild("pool"), "compatible", "restricted-dma-pool", 0x8300_0000, 0x1000)),
        Case("an untrusted node that is a device", Tree, "/avf/untrusted", node => node.SetString("compatible", "google,open-dice")),
        Case("a short identifier", Tree, "/avf/untrusted", node => node.SetBytes("instance-id", new byte[63])),
        Case("a command line without end", Tree, "/chosen", node => node.SetBytes("bootargs", "quiet"u8)),
        Case("an initrd that ends before it starts", Tree, "/chosen", node => node.SetU64("linux,initrd-end", 0x8000_0000)),
        Case("an initrd over the kernel", "INVALID_RAMDISK", "/chosen", node =>
        {
            node.SetU64("linux,initrd-start", 0x8000_0000);
            node.SetU64("linux,initrd-end", 0x8000_1000);
        }),
        Case("a kernel size of zero", Tree, "/config", node => node.SetU32("kernel-size", 0)),
        Case("a kernel size beyond the file", "PAYLOAD_VERIFICATION_FAILED", "/config", node => node.SetU32("kernel-size", 0x10_0000)) with { Fault = PayloadFault.NoFooter },
        Case("a kernel size beyond RAM", "INVALID_PAYLOAD", "/config", node => node.SetU32("kernel-size", 0x7000_0000)),
        Case("a kernel size that hides the footer", "PAYLOAD_VERIFICATION_FAILED", "/config", node => node.SetU32("kernel-size", 0x1000)) with { Fault = PayloadFault.NoFooter },
        Case("a kernel in the firmware", "INVALID_PAYLOAD", "/config", node => node.SetU32("kernel-address", 0x7fc0_0000)),
        Case("a kernel behind the one that was loaded", "PAYLOAD_VERIFICATION_FAILED", "/config", node => node.SetU32("kernel-address", 0x8000_1000)) with { Fault = PayloadFault.NoFooter },
    ];

    private static BootCase Case(string name, string? refusal, string target, Action<FdtNode> change)
    {
        var overlay = new FdtTree();
        FdtNode fragment = overlay.Root.AddChild("fragment@0");
        fragment.SetString("target-path", target);
        change(fragment.AddChild("__overlay__"));
        return new BootCase(name, refusal, s_payload)
        {
            Options = $"{TestIdentity.Options} --device-tree-overlay $C/overlay",
            Files = new Dictionary<string, byte[]> { ["overlay"] = overlay.ToBlob() },
        };
    }

    private static void Device(FdtNode node, string property, string value, ulong address, ulong size)
    {
        node.SetString(property, value);
        node.SetU64("reg", address, size);
    }
}
