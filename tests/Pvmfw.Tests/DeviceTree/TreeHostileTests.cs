using System.Buffers.Binary;
using BootLoader.Fdt;
using Pvmfw.DeviceTree;
using Pvmfw.Payload;

namespace Pvmfw.Tests.DeviceTree;

public sealed class TreeHostileTests
{
    [Fact]
    public void A_tree_cut_short_at_any_byte_is_refused()
    {
        byte[] blob = HostTrees.MakeFull().ToBlob();
        byte[] storage = new byte[TreeFacts.StorageSize];
        for (int length = 0; length < blob.Length; length++)
        {
            Assert.Equal(TreeFault.Malformed, Read(blob.AsSpan(0, length), storage, out _));
        }
    }

    [Fact]
    public void Mutated_trees_are_refused_or_lead_to_a_guests_tree_that_obeys_the_rules_and_nothing_is_written_elsewhere()
    {
        byte[] blob = SmallBlob();
        byte[] mutant = new byte[blob.Length];
        GuardedMemory storage = new(TreeFacts.StorageSize), output = new(16 * 1024);
        byte[] again = new byte[TreeFacts.StorageSize], seeds = new byte[GuestTree.SeedSize];
        var random = new Random(20261121);
        int taken = 0;
        const int Steps = 100_000;
        for (int step = 0; step < Steps; step++)
        {
            blob.CopyTo(mutant, 0);
            Mutate(mutant, random, step);
            if (Read(mutant, storage.Span, out TreeFacts facts) != TreeFault.None)
            {
                continue;
            }

            if (taken++ % 4 != 0)
            {
                continue;
            }

            PayloadPlaces.Check(facts, HostTrees.TreeAddress);
            Assert.True(GuestTree.Write(output.Span, facts, default, seeds, out int length).IsNone);
            Assert.Equal(TreeFault.None, Read(output.Span[..length], again, out _));
            Assert.True(storage.IsIntact && output.IsIntact);
        }

        Assert.True(storage.IsIntact);
        Assert.InRange(taken, Steps / 100, Steps / 2);
    }

    [Fact]
    public void Random_trees_of_valid_tokens_are_refused()
    {
        var random = new Random(7);
        byte[] storage = new byte[TreeFacts.StorageSize];
        for (int step = 0; step < 300; step++)
        {
            var tree = new FdtTree();
            Grow(tree.Root, random, 0);
            Assert.NotEqual(TreeFault.None, Read(tree.ToBlob(), storage, out _));
        }
    }

    [Fact]
    public void Mutated_references_and_policies_never_do_more_than_say_nothing()
    {
        byte[] host = HostTrees.MakeFull().ToBlob(), reference = HostTrees.Reference(), storage = new byte[TreeFacts.StorageSize];
        var random = new Random(8);
        for (int step = 0; step < 5_000; step++)
        {
            byte[] mutant = [.. reference];
            Mutate(mutant, random, step);
            DebugPolicy.Read(mutant);
            TreeFault fault = TreeFactsReader.Read(host, HostTrees.TreeAddress, mutant, false, storage, out _);
            Assert.True(fault is TreeFault.None or TreeFault.AvfMismatch);
        }
    }

    /// <summary>A tree with every kind of node, and few of each: time is better spent on more mutants.</summary>
    private static byte[] SmallBlob()
    {
        FdtTree tree = HostTrees.MakeFull(cpus: 1, pciDevices: 1);
        tree.Find("/chosen")!.Remove("rng-seed");
        tree.Root.RemoveChild(tree.Find("/__symbols__")!);
        tree.Root.RemoveChild(tree.Find("/U6_16550A@3e8")!);
        tree.Root.RemoveChild(tree.Find("/U6_16550A@2e8")!);
        return tree.ToBlob();
    }

    private static void Mutate(Span<byte> mutant, Random random, int step)
    {
        // Most steps change few bits, so that many mutants get past the first rules; some change whole words of the structure.
        for (int change = step % 4; change >= 0; change--)
        {
            if (random.Next(2) == 0)
            {
                mutant[random.Next(mutant.Length)] ^= (byte)(1 << random.Next(8));
            }
            else
            {
                int at = random.Next(mutant.Length / 4) * 4;
                uint word = random.Next(4) switch
                {
                    0 => (uint)random.Next(16),
                    1 => 0xffff_fff0 + (uint)random.Next(16),
                    2 => 0x8000_0000 + ((uint)random.Next(0x8000) << 12),
                    _ => (uint)random.Next(),
                };
                BinaryPrimitives.WriteUInt32BigEndian(mutant[at..], word);
            }
        }
    }

    private static void Grow(FdtNode node, Random random, int depth)
    {
        string[] names = ["memory", "cpus", "cpu@0", "pci", "reserved-memory", "avf", "untrusted", "chosen", "config", "intc", "cluster0", "core0"];
        string[] properties = ["reg", "compatible", "phandle", "ranges", "interrupt-map", "size", "#address-cells", "#size-cells", "opp-hz", "cpu"];
        foreach (string property in properties.Where(_ => random.Next(2) == 0))
        {
            byte[] value = new byte[random.Next(6) * 4];
            random.NextBytes(value);
            node.SetBytes(property, value);
        }

        foreach (string name in names.Where(_ => depth < 4 && random.Next(3) == 0))
        {
            Grow(node.AddChild(name), random, depth + 1);
        }
    }

    private static TreeFault Read(ReadOnlySpan<byte> blob, Span<byte> storage, out TreeFacts facts) =>
        TreeFactsReader.Read(blob, HostTrees.TreeAddress, default, sharesMemory: true, storage, out facts);
}
