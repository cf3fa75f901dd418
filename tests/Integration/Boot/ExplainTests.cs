using BootLoader.Fdt;
using Integration.Guests;
using Integration.Hosts;

namespace Integration.Boot;

/// <summary><c>vmm explain</c> on a host with KVM tells what <c>vmm run</c> does with the same options.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class ExplainTests(PlainKvm plain) : HostTests(plain.Host)
{
    private const string Options = "--cpus 3 --mem 48 --initrd guests/hostile.img --fdt-position after-payload guests/entry.img";

    [Fact]
    public async Task It_shows_the_device_tree_and_the_registers_that_the_guest_then_gets()
    {
        CommandResult explain = (await Work.Run($"./vmm explain {Options} </dev/null")).ShouldExitWith(0);
        CommandResult run = (await Work.Run($"./vmm run --dump-device-tree-blob $W/dtb {Options} </dev/null")).ShouldExitWith(0);

        FdtTree tree = await GuestDeviceTree.ReadDump(Work);
        FdtNode chosen = tree.Find("/chosen")!;
        Assert.NotEqual(0UL, chosen.GetU64("kaslr-seed"));
        Assert.Contains(chosen.Property("rng-seed")!.Value.ToArray(), seed => seed != 0);
        chosen.SetU64("kaslr-seed", 0);
        chosen.SetBytes("rng-seed", new byte[chosen.Property("rng-seed")!.Value.Length]);
        Assert.EndsWith($"\n{FdtDump.ToText(tree.ToBlob())}", explain.Output, StringComparison.Ordinal);
        Assert.StartsWith("host: this machine's KVM\n", explain.Output, StringComparison.Ordinal);
        Assert.Contains("\nboot: PC 0x80000000, X0 0x81200000\n", explain.Output, StringComparison.Ordinal);
        Assert.Contains("x0 0000000081200000\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("start 0000000080000000\n", run.Output, StringComparison.Ordinal);
    }
}
