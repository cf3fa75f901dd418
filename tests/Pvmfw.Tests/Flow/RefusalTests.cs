using BootLoader.Dice;

namespace Pvmfw.Tests.Flow;

public sealed class RefusalTests
{
    private static readonly SignedGuest s_guest = new();

    private static readonly (string Name, RebootReason Reason, Action<TestMachine> Break)[] s_refusals =
    [
        ("no configuration data", RebootReason.InvalidConfigData, m => m.ChangeConfiguration = bytes => bytes.AsSpan().Clear()),
        ("configuration data of another major version", RebootReason.InvalidConfigData, m => m.ChangeConfiguration = bytes => bytes[6] = 2),
        ("configuration data that is cut off", RebootReason.InvalidConfigData, m => m.ChangeConfiguration = bytes => bytes[11] = 1),
        ("a hand-over outside of the configuration data", RebootReason.InvalidConfigData, m => m.ChangeConfiguration = bytes => bytes[23] = 1),
        ("configuration data without hand-over", RebootReason.InvalidConfigData, m => m.ChangeConfiguration = bytes => bytes.AsSpan(16, 8).Clear()),
        ("a hand-over that is no CBOR", RebootReason.InvalidBcc, m => m.ChangeHandover = bytes => [0xff, .. bytes[1..]]),
        ("a hand-over that is cut off", RebootReason.InvalidBcc, m => m.ChangeHandover = bytes => bytes[..^1]),
        ("a hand-over with short secrets", RebootReason.InvalidBcc, m => m.ChangeHandover = _ => [0xa2, 1, 0x41, 0, 2, 0x41, 0]),
        ("a hand-over with another's chain", RebootReason.InvalidBcc, m => m.ChangeHandover = SwapSecret),
        ("a chain that is an empty list", RebootReason.InvalidBcc, m => m.ChangeHandover = bytes => [.. bytes[..71], 0x80]),
        ("a device tree elsewhere", RebootReason.InvalidFdt, m => m.TreeAddress = 0x1000),
        ("no device tree", RebootReason.InvalidFdt, m => m.ChangeWindow = bytes => bytes.AsSpan().Clear()),
        ("a device tree that breaks a rule", RebootReason.InvalidFdt, m => m.ChangeTree = t => t.Root.RemoveChild(t.Find("/vmwdt@3000")!)),
        ("more RAM than can be reached", RebootReason.InvalidFdt, m => m.IsRamReachable = false),
        ("no kernel", RebootReason.InvalidPayload, m => m.ChangeTree = t => t.Root.RemoveChild(t.Find("/config")!)),
        ("a kernel below RAM", RebootReason.InvalidPayload, m => Kernel(m, 0x7fc0_0000)),
        ("a kernel behind RAM", RebootReason.InvalidPayload, m => Kernel(m, 0x8400_0000)),
        ("a kernel across the end of RAM", RebootReason.InvalidPayload, m => Kernel(m, 0x83ff_f000)),
        ("a kernel across the device tree", RebootReason.InvalidPayload, m => Kernel(m, (uint)HostTrees.TreeAddress - 0x1000)),
        ("a kernel in the DMA pool", RebootReason.InvalidPayload, m => Kernel(m, (uint)HostTrees.PoolAddress)),
        ("a kernel at half a page", RebootReason.InvalidPayload, m => Kernel(m, 0x8000_0800)),
        ("a kernel that cannot be reached", RebootReason.InvalidPayload, m => m.UnreachableAddress = HostTrees.KernelAddress),
        ("an initrd over the kernel", RebootReason.InvalidRamdisk, m => Initrd(m, 0x8000_1000)),
        ("an initrd below RAM", RebootReason.InvalidRamdisk, m => Initrd(m, 0x7fc0_0000)),
        ("an initrd in the device tree's window", RebootReason.InvalidRamdisk, m => Initrd(m, (uint)HostTrees.TreeAddress + 0x10_0000)),
        ("an initrd across the start of the DMA pool", RebootReason.InvalidRamdisk, m => Initrd(m, (uint)HostTrees.PoolAddress - 1)),
        ("an initrd that cannot be reached", RebootReason.InvalidRamdisk, m => m.UnreachableAddress = HostTrees.InitrdAddress),
        ("a kernel that is not signed", RebootReason.PayloadVerificationFailed, m => m.KernelBytes = SignedGuest.Fill(5, 8192)),
        ("a kernel that was changed", RebootReason.PayloadVerificationFailed, m => m.KernelBytes = Flip(s_guest.Sign(), 12_345)),
        ("a kernel cut off at its signature", RebootReason.PayloadVerificationFailed, m => m.KernelBytes = s_guest.Sign()[..^4096]),
        ("a signature that was changed", RebootReason.PayloadVerificationFailed, m => m.KernelBytes = Flip(s_guest.Sign(), 20_480 + 256 + 32 + 100)),
        ("an unknown capability", RebootReason.PayloadVerificationFailed, m => m.Guest = s_guest with { Capabilities = "fly" }),
        ("another key", RebootReason.PublicKeyMismatch, m => m.Guest = s_guest with { KeyName = "firmware.pem" }),
        ("a firmware with another key", RebootReason.PublicKeyMismatch, m => m.TrustedKey = SignedGuest.Key("firmware.pem").PublicKeyBlob),
        ("a firmware without a key", RebootReason.PublicKeyMismatch, m => m.TrustedKey = []),
        ("a missing initrd", RebootReason.InvalidRamdisk, m => m.Initrd = null),
        ("a superfluous initrd", RebootReason.InvalidRamdisk, m => m.Guest = s_guest with { NormalRamdisk = null, DebugRamdisk = null }),
        ("an initrd of another size", RebootReason.InvalidRamdisk, m => m.Initrd = SignedGuest.Fill(2, 5000)),
        ("an initrd that was changed", RebootReason.InvalidRamdisk, m => m.Initrd = Flip([.. s_guest.NormalRamdisk!], 77)),
        ("no randomness for an instance", RebootReason.InternalError, m => m.RandomFillsLeft = 0),
        ("no randomness for the tree", RebootReason.InternalError, m => m.RandomFillsLeft = 1),
        ("no instance image", RebootReason.InternalError, m => m.Image = null),
        ("an instance disk that takes no writes", RebootReason.InternalError, m => m.FailsWrites = true),
        ("an instance disk that does not let go", RebootReason.InternalError, m => m.FailsClosing = true),
        ("an instance image without room", RebootReason.InternalError, m => m.Image = TestMachine.NewImage()[..1024]),
        ("an empty instance disk", RebootReason.InternalError, m => m.Image = []),
        ("an instance image without its header", RebootReason.InstanceImageChanged, m => m.Image = new byte[8192]),
        ("deferred rollback protection of version 0", RebootReason.InvalidPayload, m => Defer(m, 0, HostTrees.InstanceId)),
        ("deferred rollback protection without identifier", RebootReason.InvalidFdt, m => Defer(m, 1, null)),
        ("a provisioning guest of an older version", RebootReason.InvalidPayload, m => Provision(m, 0, HostTrees.InstanceId)),
        ("a provisioning guest of a newer version", RebootReason.InvalidPayload, m => Provision(m, 2, HostTrees.InstanceId)),
        ("a provisioning guest without identifier", RebootReason.InvalidFdt, m => Provision(m, 1, null)),
    ];

    public static TheoryData<string> Names => [.. s_refusals.Select(refusal => refusal.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_guest_is_not_started_and_no_secret_is_left(string name)
    {
        (_, RebootReason reason, Action<TestMachine> change) = s_refusals.Single(refusal => refusal.Name == name);
        var machine = new TestMachine();
        change(machine);

        FirmwareOutcome outcome = machine.Run();

        Assert.Equal(reason, outcome.Reason);
        Assert.Equal(0UL, outcome.Entry);
        Assert.Equal(0UL, outcome.TreeAddress);
        Assert.Equal(DiceError.None, DiceHandover.Read(machine.Handover, out DiceHandover incoming));
        foreach (GuardedMemory memory in (GuardedMemory[])[machine.Configuration, machine.Scratch, machine.Window, machine.HandoverPage])
        {
            Assert.False(memory.Holds(incoming.CdiAttest) || memory.Holds(incoming.CdiSeal));
        }
    }

    [Fact]
    public void A_guest_is_started_at_another_free_place_of_RAM()
    {
        var machine = new TestMachine();
        Kernel(machine, 0x8200_0000);

        Assert.Equal(0x8200_0000UL, machine.Run().Entry);
    }

    [Fact]
    public void Every_reason_that_the_flow_can_give_is_given_by_a_test()
    {
        // A hand-over that was read well has no reason left for which nothing can be derived from it.
        RebootReason[] others = [RebootReason.None, RebootReason.SecretDerivationFailed];

        Assert.Empty(Enum.GetValues<RebootReason>().Except(others).Except(s_refusals.Select(refusal => refusal.Reason)));
    }

    [Fact]
    public void Bytes_of_the_host_and_the_boot_loader_changed_at_random_start_no_guest_that_is_not_signed()
    {
        byte[] signed = s_guest.Sign();
        var random = new Random(31);
        int started = 0;
        for (int step = 0; step < 160; step++)
        {
            byte[] kernel = [.. signed], initrd = [.. s_guest.NormalRamdisk!];
            bool isGenuine = step % 4 != 0;
            Mutate(isGenuine ? [] : random.Next(2) == 0 ? kernel : initrd, random);
            var machine = new TestMachine
            {
                KernelBytes = kernel,
                Initrd = initrd,
                ChangeWindow = step % 4 == 1 ? bytes => Mutate(bytes.AsSpan(0, 4000), random) : null,
                ChangeConfiguration = step % 4 == 2 ? bytes => Mutate(bytes.AsSpan(0, 1200), random) : null,
            };
            if (step % 4 == 3)
            {
                Mutate(machine.Image, random);
            }

            bool isStarted = machine.Run().Reason == RebootReason.None;

            started += isStarted ? 1 : 0;
            Assert.True(isGenuine || !isStarted || (kernel.SequenceEqual(signed) && initrd.SequenceEqual(s_guest.NormalRamdisk!)));
        }

        Assert.InRange(started, 4, 150);
    }

    private static void Mutate(Span<byte> bytes, Random random)
    {
        for (int change = random.Next(1, 4); change > 0 && bytes.Length > 0; change--)
        {
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        }
    }

    private static byte[] Flip(byte[] bytes, int at)
    {
        bytes[at] ^= 1;
        return bytes;
    }

    /// <summary>Another CDI_Attest: the chain does not end in its key.</summary>
    private static byte[] SwapSecret(byte[] handover) => Flip([.. handover], 10);

    private static void Kernel(TestMachine machine, uint address) => machine.ChangeTree = t => t.Find("/config")!.SetU32("kernel-address", address);

    private static void Initrd(TestMachine machine, uint address) => machine.ChangeTree = t =>
    {
        t.Find("/chosen")!.SetU32("linux,initrd-start", address);
        t.Find("/chosen")!.SetU32("linux,initrd-end", address + (uint)HostTrees.InitrdSize);
    };

    private static void Defer(TestMachine machine, ulong version, byte[]? id)
    {
        machine.Guest = s_guest with { Capabilities = "secretkeeper_protection", RollbackIndex = version };
        machine.DeferRollbackProtection = true;
        machine.InstanceId = id;
    }

    private static void Provision(TestMachine machine, ulong version, byte[]? id)
    {
        machine.Guest = s_guest with { Capabilities = "remote_attest", RollbackIndex = version };
        machine.InstanceId = id;
    }
}
