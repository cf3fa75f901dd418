using BootLoader.Blocks;
using BootLoader.Cryptography;
using BootLoader.Dice;
using BootLoader.Fdt;
using BootLoader.Firmware.Making;
using BootLoader.InstanceImage;
using Pvmfw.DeviceTree;
using Pvmfw.Identity;
using Vmm.Configuration;

namespace Pvmfw.Tests.Flow;

/// <summary>A machine that the firmware runs on: what its boot loader and its host gave it.</summary>
internal sealed class TestMachine
{
    public const ulong HandoverAddress = 0x7fff_f000;

    private const int ImageSectors = 16;
    private const int ConfigurationWindow = 32 * 1024;

    public SignedGuest Guest { get; set; } = new();

    /// <summary>The bytes at the kernel's place, if not those of <see cref="Guest"/>.</summary>
    public byte[]? KernelBytes { get; set; }

    /// <summary>The initial RAM disk at its place; null: none is given.</summary>
    public byte[]? Initrd { get; set; } = new SignedGuest().NormalRamdisk;

    public byte[] DeviceSecret { get; set; } = SignedGuest.Fill(10, 32);

    public DiceMode DeviceMode { get; set; } = DiceMode.Normal;

    public byte[] DebugPolicy { get; set; } = [];

    public byte[]? InstanceId { get; set; }

    public bool DeferRollbackProtection { get; set; }

    /// <summary>Changes the configuration data.</summary>
    public Action<byte[]>? ChangeConfiguration { get; set; }

    /// <summary>Changes the hand-over before it goes into the configuration data.</summary>
    public Func<byte[], byte[]>? ChangeHandover { get; set; }

    /// <summary>Changes the host's tree.</summary>
    public Action<FdtTree>? ChangeTree { get; set; }

    /// <summary>Changes the bytes of the host's tree.</summary>
    public Action<byte[]>? ChangeWindow { get; set; }

    public byte[]? Image { get; set; } = NewImage();

    public bool FailsWrites { get; set; }

    public bool FailsClosing { get; set; }

    public bool IsRamReachable { get; set; } = true;

    /// <summary>Where the platform reaches no memory, whatever is to be there.</summary>
    public ulong UnreachableAddress { get; set; }

    public int RandomFillsLeft { get; set; } = 100;

    public bool SharesMemory { get; set; }

    public ulong TreeAddress { get; set; } = HostTrees.TreeAddress;

    public byte[] TrustedKey { get; set; } = SignedGuest.Key("guest.pem").PublicKeyBlob;

    public Random Random { get; set; } = new(99);

    public int Opened { get; set; }

    public byte[] Kernel { get; private set; } = [];

    public byte[] Handover { get; private set; } = [];

    public GuardedMemory Configuration { get; private set; } = null!;

    public GuardedMemory Scratch { get; private set; } = null!;

    public GuardedMemory HandoverPage { get; private set; } = null!;

    public GuardedMemory Window { get; private set; } = null!;

    /// <summary>What the guest finds in its tree.</summary>
    public FdtTree GuestTree => FdtTree.Parse(Window.Span);

    public static byte[] NewImage()
    {
        byte[] image = new byte[ImageSectors * Sectors.Size];
        InstanceImageFormat.Magic.CopyTo(image);
        image[InstanceImageFormat.VersionOffset] = (byte)InstanceImageFormat.Version;
        return image;
    }

    /// <summary>Runs the firmware, and checks what holds whatever it decides.</summary>
    public FirmwareOutcome Run() => Run<TestInstance>();

    /// <summary>The same with another place for the instance image.</summary>
    public FirmwareOutcome Run<TInstance>()
        where TInstance : struct, IInstanceStore<TInstance>
    {
        Prepare();
        TestPlatform.Machine = this;
        FirmwareOutcome outcome = FirmwareMain.Run<HostCryptography, TestPlatform, TInstance>(TreeAddress);

        Assert.True(Configuration.IsIntact && Scratch.IsIntact && HandoverPage.IsIntact && Window.IsIntact);
        Assert.True(Configuration.IsZero && Scratch.IsZero);
        Assert.Equal(outcome.Reason != RebootReason.None, HandoverPage.IsZero);
        Assert.Equal(0, Opened);
        return outcome;
    }

    /// <summary>Runs the firmware, which must start the guest.</summary>
    public TestMachine Start()
    {
        Assert.Equal(RebootReason.None, Run().Reason);
        return this;
    }

    /// <summary>The guest's secrets: both CDIs.</summary>
    public (string Attest, string Seal) Secrets()
    {
        Assert.Equal(DiceError.None, DiceHandover.ReadPrefix(HandoverPage.Span, out DiceHandover handover, out _));
        return (Convert.ToHexString(handover.CdiAttest), Convert.ToHexString(handover.CdiSeal));
    }

    private void Prepare()
    {
        Kernel = KernelBytes ?? Guest.Sign();
        Handover = MakeHandover();
        byte[] config = new PvmfwConfigBlobs
        {
            DiceHandover = ChangeHandover?.Invoke(Handover) ?? Handover,
            DebugPolicy = DebugPolicy,
            ReferenceTree = HostTrees.Reference(),
        }.ToBytes(2);
        Array.Resize(ref config, ConfigurationWindow);
        ChangeConfiguration?.Invoke(config);
        Configuration = new GuardedMemory(config);
        Scratch = new GuardedMemory(TreeFacts.StorageSize + 1000);
        HandoverPage = new GuardedMemory((int)GuestMap.PageSize);
        byte[] window = HostTrees.Window(HostTree());
        ChangeWindow?.Invoke(window);
        Window = new GuardedMemory(window);
    }

    private FdtTree HostTree()
    {
        VmConfig config = HostTrees.Config() with { InstanceId = InstanceId is null ? (ReadOnlyMemory<byte>?)null : new ReadOnlyMemory<byte>(InstanceId), DeferRollbackProtection = DeferRollbackProtection };
        FdtTree tree = HostTrees.Make(config, (ulong)Kernel.Length, (ulong?)Initrd?.Length);
        ChangeTree?.Invoke(tree);
        return tree;
    }

    /// <summary>What the device's boot loader hands the firmware: secrets, and a chain of one certificate.</summary>
    private byte[] MakeHandover()
    {
        byte[] hash = SignedGuest.Fill(20, DiceFormat.HashSize), output = new byte[2048];
        var root = new DiceHandover(DeviceSecret, DeviceSecret, default);
        var inputs = new DiceInputs(hash, hash, DeviceMode, new byte[DiceFormat.HiddenSize]);
        Assert.Equal(DiceError.None, DiceLayer.TryDerive<HostCryptography>(root, inputs, [0xa0], output, out int written));
        return output[..written];
    }
}
