using System.Security.Cryptography;
using BootLoader.Cryptography;
using BootLoader.Dice;
using BootLoader.Fdt;
using Pvmfw.DeviceTree;

namespace Pvmfw.Tests.Flow;

public sealed class StartTests
{
    [Fact]
    public void A_signed_guest_is_started_at_its_first_byte_with_a_tree_that_names_its_secrets()
    {
        var machine = new TestMachine();

        FirmwareOutcome outcome = machine.Run();

        Assert.Equal(RebootReason.None, outcome.Reason);
        Assert.Equal(HostTrees.KernelAddress, outcome.Entry);
        Assert.Equal(HostTrees.TreeAddress, outcome.TreeAddress);
        FdtTree tree = machine.GuestTree;
        Assert.Equal((ulong)tree.ToBlob().Length, outcome.TreeSize);
        Assert.Equal([TestMachine.HandoverAddress, 0x1000UL], tree.Find("/reserved-memory/dice")!.Property("reg")!.ToU64s());
        Assert.True(tree.Find("/chosen")!.Has("avf,strict-boot"));
        Assert.True(tree.Find("/chosen")!.Has("avf,new-instance"));
        Assert.Equal("panic=-1", tree.Find("/chosen")!.GetString("bootargs"));
        Assert.NotEqual(0UL, tree.Find("/chosen")!.GetU64("kaslr-seed"));
        Assert.Equal(256, tree.Find("/chosen")!.Property("rng-seed")!.Value.Length);
        Assert.False(machine.Window.Span[(int)outcome.TreeSize..GuestTree.LargestSize].ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void The_chain_grows_by_a_certificate_for_the_guest_and_verifies()
    {
        var machine = new TestMachine { Guest = new SignedGuest { RollbackIndex = 7 }, InstanceId = HostTrees.InstanceId };
        machine.Start();

        Assert.Equal(DiceError.None, DiceHandover.ReadPrefix(machine.HandoverPage.Span, out DiceHandover handover, out int size));
        Assert.Equal(DiceError.None, DiceChain.Open(handover.Chain, out DiceChain chain).Error);
        Assert.Equal(DiceError.None, chain.Verify<HostCryptography>().Error);
        Assert.Equal(2, chain.Count);
        Assert.False(machine.HandoverPage.Span[size..].ContainsAnyExcept((byte)0));
        DiceCertificate guest = Last(chain);
        byte[] digests = [.. SHA256.HashData(machine.Guest.Code), .. SHA256.HashData(machine.Initrd!)];
        Assert.Equal(SHA512.HashData(digests), guest.CodeHash);
        Assert.Equal(SHA512.HashData(machine.TrustedKey), guest.AuthorityHash);
        Assert.Equal(DiceMode.Normal, guest.Mode);
        Assert.Equal(DiceError.None, DiceComponent.Read(guest.Configuration, out DiceComponent component));
        Assert.Equal("vm_entry"u8, component.Name);
        Assert.Equal(7UL, component.SecurityVersion);
        Assert.False(component.IsRkpVm);
        Assert.Equal(SHA512.HashData([.. "InstanceId:"u8, .. HostTrees.InstanceId]), component.InstanceHash);
    }

    [Fact]
    public void The_secrets_are_those_that_the_specification_derives()
    {
        var machine = new TestMachine
        {
            Guest = new SignedGuest { RollbackIndex = 3, Capabilities = "secretkeeper_protection", Name = "my guest" },
            InstanceId = HostTrees.InstanceId,
            DeferRollbackProtection = true,
        };
        machine.Start();

        byte[] instanceHash = SHA512.HashData([.. "InstanceId:"u8, .. HostTrees.InstanceId]);
        byte[] hidden = SHA512.HashData([0, .. instanceHash, 1]);
        byte[] code = SHA512.HashData([.. SHA256.HashData(machine.Guest.Code), .. SHA256.HashData(machine.Initrd!)]);
        byte[] authority = SHA512.HashData(machine.TrustedKey);
        // A map of three: the name, the version, the hash of 64 bytes.
        byte[] descriptor =
        [
            0xa3, 0x3a, 0x00, 0x01, 0x11, 0x71, 0x68, .. "my guest"u8, 0x3a, 0x00, 0x01, 0x11, 0x74, 0x03, 0x3a, 0x00, 0x01, 0x15, 0x5a, 0x58, 0x40, .. instanceHash,
        ];
        Assert.Equal(DiceError.None, DiceHandover.Read(machine.Handover, out DiceHandover incoming));
        byte[] attest = Derive(incoming.CdiAttest, [.. code, .. SHA512.HashData(descriptor), .. authority, 1, .. hidden], "CDI_Attest");
        byte[] seal = Derive(incoming.CdiSeal, [.. authority, 1, .. hidden], "CDI_Seal");
        Assert.Equal((Convert.ToHexString(attest), Convert.ToHexString(seal)), machine.Secrets());
    }

    [Fact]
    public void Neither_the_secrets_that_came_in_nor_those_that_go_out_lie_anywhere_but_on_the_guests_page()
    {
        var machine = new TestMachine();
        machine.Start();

        Assert.Equal(DiceError.None, DiceHandover.Read(machine.Handover, out DiceHandover incoming));
        (string attest, string seal) = machine.Secrets();
        GuardedMemory[] elsewhere = [machine.Configuration, machine.Scratch, machine.Window];
        foreach (GuardedMemory memory in elsewhere)
        {
            Assert.False(memory.Holds(incoming.CdiAttest) || memory.Holds(incoming.CdiSeal));
            Assert.False(memory.Holds(Convert.FromHexString(attest)) || memory.Holds(Convert.FromHexString(seal)));
        }

        Assert.False(machine.HandoverPage.Holds(incoming.CdiAttest) || machine.HandoverPage.Holds(incoming.CdiSeal));
    }

    [Fact]
    public void A_guest_that_may_be_debugged_takes_the_hosts_command_line_and_says_so_in_its_certificate()
    {
        var machine = new TestMachine { Initrd = new SignedGuest().DebugRamdisk };
        machine.Start();

        Assert.Equal("panic=-1 init=/evil quiet", machine.GuestTree.Find("/chosen")!.GetString("bootargs"));
        Assert.Equal(DiceError.None, DiceHandover.ReadPrefix(machine.HandoverPage.Span, out DiceHandover handover, out _));
        Assert.Equal(DiceError.None, DiceChain.Open(handover.Chain, out DiceChain chain).Error);
        Assert.Equal(DiceMode.Debug, Last(chain).Mode);
    }

    [Theory]
    [InlineData(DiceMode.Normal, false)]
    [InlineData(DiceMode.Debug, true)]
    public void A_debug_policy_counts_where_the_device_itself_is_in_debug_mode(DiceMode mode, bool counts)
    {
        var policy = new FdtTree();
        policy.Root.AddChild("avf").AddChild("guest").AddChild("common").SetU32("log", 1);
        var machine = new TestMachine
        {
            DeviceMode = mode,
            DebugPolicy = policy.ToBlob(),
            ChangeTree = tree => tree.Find("/chosen")!.SetString("bootargs", "quiet console=ttyS0 panic=-1"),
        };
        machine.Start();

        Assert.Equal(counts ? "console=ttyS0 panic=-1" : "panic=-1", machine.GuestTree.Find("/chosen")!.GetString("bootargs"));
        Assert.Equal(counts, machine.GuestTree.Find("/avf/guest/common") is not null);
    }

    [Fact]
    public void A_guest_without_an_initial_RAM_disk_is_started_where_it_is_signed_so()
    {
        var guest = new SignedGuest { NormalRamdisk = null, DebugRamdisk = null };
        var machine = new TestMachine { Guest = guest, Initrd = null };
        machine.Start();

        Assert.False(machine.GuestTree.Find("/chosen")!.Has("linux,initrd-start"));
        Assert.Equal(DiceError.None, DiceHandover.ReadPrefix(machine.HandoverPage.Span, out DiceHandover handover, out _));
        Assert.Equal(DiceError.None, DiceChain.Open(handover.Chain, out DiceChain chain).Error);
        Assert.Equal(SHA512.HashData([.. SHA256.HashData(guest.Code), .. new byte[32]]), Last(chain).CodeHash);
    }

    [Fact]
    public void Seeds_differ_between_two_boots_of_one_instance()
    {
        byte[] image = TestMachine.NewImage();
        TestMachine first = new TestMachine { Image = image }.Start(), second = new TestMachine { Image = image, Random = new Random(5) }.Start();

        Assert.NotEqual(first.GuestTree.Find("/chosen")!.GetU64("kaslr-seed"), second.GuestTree.Find("/chosen")!.GetU64("kaslr-seed"));
        Assert.Equal(first.Secrets(), second.Secrets());
    }

    private static DiceCertificate Last(DiceChain chain)
    {
        DiceCertificate last = default;
        foreach (DiceCertificate certificate in chain)
        {
            last = certificate;
        }

        return last;
    }

    private static byte[] Derive(ReadOnlySpan<byte> secret, byte[] input, string label) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA512, secret.ToArray(), 32, SHA512.HashData(input), System.Text.Encoding.ASCII.GetBytes(label));
}
