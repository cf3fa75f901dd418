using BootLoader.Blocks;
using BootLoader.InstanceImage;

namespace Pvmfw.Tests.Flow;

public sealed class InstanceTests
{
    private static readonly SignedGuest s_guest = new();

    [Fact]
    public void A_later_boot_of_an_instance_has_its_secrets_again_and_is_no_new_one()
    {
        byte[] image = TestMachine.NewImage();
        var first = new TestMachine { Image = image }.Start();
        byte[] recorded = [.. image];
        var later = new TestMachine { Image = image, Random = new Random(1234) }.Start();

        Assert.True(first.GuestTree.Find("/chosen")!.Has("avf,new-instance"));
        Assert.False(later.GuestTree.Find("/chosen")!.Has("avf,new-instance"));
        Assert.Equal(first.Secrets(), later.Secrets());
        Assert.Equal(recorded, image);
    }

    [Fact]
    public void Whatever_makes_another_guest_of_it_makes_other_secrets()
    {
        (string What, TestMachine Machine)[] machines =
        [
            ("the guest", new TestMachine()),
            ("another instance", new TestMachine { Random = new Random(2) }),
            ("another kernel", new TestMachine { Guest = s_guest with { Code = SignedGuest.Fill(77, 20_000) } }),
            ("another initrd", new TestMachine { Guest = s_guest with { NormalRamdisk = SignedGuest.Fill(78, 9_000) }, Initrd = SignedGuest.Fill(78, 9_000) }),
            ("another signer", new TestMachine { Guest = s_guest with { KeyName = "firmware.pem" }, TrustedKey = SignedGuest.Key("firmware.pem").PublicKeyBlob }),
            ("another mode", new TestMachine { Initrd = s_guest.DebugRamdisk }),
            ("another version", new TestMachine { Guest = s_guest with { RollbackIndex = 1 } }),
            ("another name", new TestMachine { Guest = s_guest with { Name = "another" } }),
            ("another identifier", new TestMachine { InstanceId = HostTrees.InstanceId }),
            ("another device", new TestMachine { DeviceSecret = SignedGuest.Fill(79, 32) }),
        ];

        HashSet<string> attest = [.. machines.Select(entry => entry.Machine.Start().Secrets().Attest)];

        Assert.Equal(machines.Length, attest.Count);
    }

    [Fact]
    public void Sealed_secrets_stay_with_another_kernel_of_the_same_signer_mode_and_instance_but_with_nothing_else()
    {
        string original = Deferred(s_guest).Start().Secrets().Seal;
        TestMachine[] others =
        [
            Deferred(s_guest, id: 1),
            Deferred(s_guest with { KeyName = "firmware.pem" }, key: "firmware.pem"),
            Deferred(s_guest, debug: true),
        ];

        Assert.Equal(original, Deferred(s_guest with { Code = SignedGuest.Fill(77, 20_000) }, version: 9).Start().Secrets().Seal);
        Assert.All(others, machine => Assert.NotEqual(original, machine.Start().Secrets().Seal));
    }

    [Fact]
    public void An_image_of_other_code_signer_or_mode_is_refused()
    {
        byte[] image = TestMachine.NewImage();
        new TestMachine { Image = image }.Start();
        TestMachine[] others =
        [
            new() { Image = image, Guest = s_guest with { Code = SignedGuest.Fill(77, 20_000) } },
            new() { Image = image, Guest = s_guest with { KeyName = "firmware.pem" }, TrustedKey = SignedGuest.Key("firmware.pem").PublicKeyBlob },
            new() { Image = image, Initrd = s_guest.DebugRamdisk },

            // The same bytes, signed anew as those of a guest that may be debugged.
            new() { Image = image, Guest = s_guest with { NormalRamdisk = s_guest.DebugRamdisk, DebugRamdisk = s_guest.NormalRamdisk } },
        ];

        Assert.All(others, machine => Assert.Equal(RebootReason.InstanceImageChanged, machine.Run().Reason));
    }

    [Fact]
    public void An_image_of_another_device_is_refused()
    {
        byte[] image = TestMachine.NewImage();
        new TestMachine { Image = image }.Start();

        Assert.Equal(RebootReason.InstanceImageChanged, new TestMachine { Image = image, DeviceSecret = SignedGuest.Fill(79, 32) }.Run().Reason);
    }

    [Fact]
    public void An_image_swapped_for_another_instances_gives_that_instances_secrets()
    {
        byte[] mine = TestMachine.NewImage(), others = TestMachine.NewImage();
        var me = new TestMachine { Image = mine }.Start();
        var other = new TestMachine { Image = others, Random = new Random(2) }.Start();

        var swapped = new TestMachine { Image = others }.Start();

        Assert.Equal(other.Secrets(), swapped.Secrets());
        Assert.NotEqual(me.Secrets(), swapped.Secrets());
    }

    [Fact]
    public void An_image_set_back_to_empty_makes_a_new_instance_which_does_not_know_the_old_ones_secrets()
    {
        var first = new TestMachine().Start();
        var second = new TestMachine { Random = new Random(3) }.Start();

        Assert.True(second.GuestTree.Find("/chosen")!.Has("avf,new-instance"));
        Assert.NotEqual(first.Secrets().Seal, second.Secrets().Seal);
    }

    [Fact]
    public void An_image_changed_in_any_byte_of_its_entry_gives_no_other_secrets_and_no_old_ones()
    {
        byte[] image = TestMachine.NewImage();
        var first = new TestMachine { Image = image }.Start();
        byte[] signed = s_guest.Sign();
        int end = (2 * Sectors.Size) + PvmfwInstanceEntry.PayloadLength;
        for (int at = Sectors.Size; at < end; at += at < Sectors.Size + 32 ? 1 : 13)
        {
            byte[] changed = [.. image];
            changed[at] ^= 0x40;
            var machine = new TestMachine { Image = changed, KernelBytes = signed, Random = new Random(at) };

            RebootReason reason = machine.Run().Reason;

            // An entry under another name is another program's: the instance is a new one then, behind it or without room.
            bool isName = at < Sectors.Size + InstanceImageFormat.UuidSize;
            Assert.Equal(isName ? RebootReason.None : RebootReason.InstanceImageChanged, reason);
            Assert.True(!isName || machine.Secrets() != first.Secrets());
        }
    }

    [Fact]
    public void Where_the_guest_itself_protects_against_rollback_no_image_is_looked_at()
    {
        TestMachine machine = Deferred(s_guest);
        machine.Image = null;
        machine.Start();

        Assert.False(machine.GuestTree.Find("/chosen")!.Has("avf,new-instance"));
        Assert.True(machine.GuestTree.Find("/avf/untrusted")!.Has("defer-rollback-protection"));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("secretkeeper_protection", false)]
    public void Host_and_signer_must_both_defer_rollback_protection(string? capabilities, bool asked)
    {
        var machine = new TestMachine
        {
            Guest = s_guest with { Capabilities = capabilities, RollbackIndex = 1 },
            DeferRollbackProtection = asked,
            InstanceId = HostTrees.InstanceId,
        };
        machine.Start();

        Assert.True(machine.GuestTree.Find("/chosen")!.Has("avf,new-instance"));
    }

    [Fact]
    public void The_provisioning_guest_needs_no_image_and_has_secrets_of_its_own()
    {
        var machine = new TestMachine
        {
            Guest = s_guest with { Capabilities = "remote_attest", RollbackIndex = Identity.InstanceIdentity.RkpVmRollbackIndex },
            InstanceId = HostTrees.InstanceId,
            Image = null,
        };
        machine.Start();

        Assert.NotEqual(Deferred(s_guest).Start().Secrets().Seal, machine.Secrets().Seal);
    }

    private static TestMachine Deferred(SignedGuest guest, byte id = 0, string key = "guest.pem", bool debug = false, ulong version = 5)
    {
        byte[] instance = [.. HostTrees.InstanceId];
        instance[0] = id;
        return new TestMachine
        {
            Guest = guest with { Capabilities = "secretkeeper_protection", RollbackIndex = version },
            TrustedKey = SignedGuest.Key(key).PublicKeyBlob,
            Initrd = debug ? guest.DebugRamdisk : guest.NormalRamdisk,
            InstanceId = instance,
            DeferRollbackProtection = true,
        };
    }
}
