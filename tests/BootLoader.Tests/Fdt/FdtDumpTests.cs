using System.Text;
using BootLoader.Fdt;

namespace BootLoader.Tests.Fdt;

public sealed class FdtDumpTests
{
    [Fact]
    public void A_tree_is_printed_as_source() => TestTrees.AssertGolden("machine.dts", FdtDump.ToText(TestTrees.Machine().ToBlob()));

    [SkippableFact]
    public void What_is_printed_compiles_to_the_same_tree()
    {
        byte[] blob = TestTrees.Machine().ToBlob();
        byte[] again = TestTrees.Compile(FdtDump.ToText(blob), "-b", "1");
        Assert.Equal(TestTrees.Sorted(blob), TestTrees.Sorted(again));
        Assert.Equal(FdtDump.ToText(blob), FdtDump.ToText(again));
    }

    [SkippableFact]
    public void Odd_values_survive_printing_and_compiling()
    {
        var tree = new FdtTree();
        var random = new Random(3);
        for (int i = 0; i < 200; i++)
        {
            byte[] value = new byte[random.Next(12)];
            for (int j = 0; j < value.Length; j++)
            {
                value[j] = random.Next(4) == 0 ? (byte)0 : (byte)random.Next(random.Next(2) == 0 ? 256 : 128);
            }

            tree.Root.SetBytes($"p{i}", value);
        }

        string text = FdtDump.ToText(tree);
        FdtTree again = FdtTree.Parse(TestTrees.Compile(text));
        Assert.All(tree.Root.Properties, property => Assert.Equal(property.Value.ToArray(), again.Root.Property(property.Name)!.Value.ToArray()));
        Assert.Equal(text, FdtDump.ToText(again));
    }

    [SkippableFact]
    public void Names_of_all_allowed_characters_are_taken_by_dtc()
    {
        var tree = new FdtTree();
        tree.Root.SetU32("a,b.c_d+e*f#g?h-i", 1);
        tree.Root.SetU32("9", 1);
        tree.Root.AddChild("a,b.c_d+e-i@9").SetFlag("#x");
        Assert.Equal(FdtDump.ToText(tree), FdtDump.ToText(TestTrees.Compile(FdtDump.ToText(tree))));
        Assert.Contains("a,b.c_d+e-i@9 {", Encoding.UTF8.GetString(Tool.Filter(tree.ToBlob(), "dtc", "-q", "-I", "dtb", "-O", "dts")), StringComparison.Ordinal);
    }
}
