using Virtualization.Aidl;
using Virtualization.Binder;

namespace Virtualization.Tests.Wire;

/// <summary>The bytes of each parcelable, word by word as AIDL's compiler lays them out, and back.</summary>
public sealed class ParcelableTests
{
    // A string: its length in UTF-16 units, the units with a zero, padding. "ab" and "a".
    private const string Ab = "02000000 61006200 00000000";
    private const string A = "01000000 61000000";
    private const string NullString = "FFFFFFFF";

    [Fact]
    public void Plain_parcelables_have_a_flag_a_size_and_their_fields_in_order()
    {
        Check(new AssignableDevice { Node = "ab", DtboLabel = "a" }, $"01000000 18000000 {Ab} {A}");
        Check(new AudioConfig { UseMicrophone = true }, "01000000 0C000000 01000000 00000000");
        Check(new Certificate { EncodedCertificate = [1, 2, 3] }, "01000000 0C000000 03000000 01020300");
        Check(
            new DisplayConfig { Width = 1, Height = 2, HorizontalDpi = 3, VerticalDpi = 4, RefreshRate = 5 },
            "01000000 18000000 01000000 02000000 03000000 04000000 05000000");
        Check(
            new GpuConfig { Backend = "a", ContextTypes = ["a"], RendererUseVulkan = true },
            $"01000000 34000000 {A} 01000000 {A} {NullString} {NullString} 00000000 00000000 00000000 00000000 01000000");
        Check(
            new GpuConfig { PciAddress = "a", RendererFeatures = "a" },
            $"01000000 30000000 {NullString} FFFFFFFF {A} {A} 00000000 00000000 00000000 00000000 00000000");
        Check(new UsbConfig { Controller = true }, "01000000 08000000 01000000");
        Check(
            new UserLimits { MaxVms = 1, MaxMemoryMib = 2, Vms = 3, MemoryMib = 4 },
            "01000000 14000000 01000000 02000000 03000000 04000000");
        Check(
            new VirtualMachineDebugInfo { Cid = 2048, TemporaryDirectory = "a", RequesterUid = 5, RequesterPid = 6 },
            $"01000000 1C000000 00080000 {A} 05000000 06000000 {NullString}");
        Check(
            new AttestationResult { PrivateKey = [9], CertificateChain = [new Certificate { EncodedCertificate = [1] }] },
            "01000000 20000000 01000000 09000000 01000000 01000000 0C000000 01000000 01000000");
    }

    [Fact]
    public void A_union_has_a_flag_and_a_tag_but_no_size()
    {
        Check(new VirtualMachinePayloadConfig { PayloadBinaryName = "ab" }, $"01000000 14000000 {Ab} 00000000");
        Parcel parcel = new();
        parcel.WriteUnion(new AppPayload { ConfigPath = "a" });
        parcel.WriteUnion(new AppPayload { PayloadConfig = new VirtualMachinePayloadConfig { PayloadBinaryName = "ab" } });

        Assert.Equal(Hex($"01000000 00000000 {A} 01000000 01000000 01000000 14000000 {Ab} 00000000"), Convert.ToHexString(parcel.Data));
    }

    [Fact]
    public void A_disk_without_files_has_nulls_in_their_places()
    {
        Check(new Partition { Label = "a", Writable = true, Guid = "ab" }, $"01000000 20000000 {A} 00000000 01000000 {Ab}", reads: false);
        Check(
            new DiskImage { Writable = true, Partitions = [new Partition { Label = "a" }] },
            $"01000000 2C000000 00000000 01000000 01000000 01000000 18000000 {A} 00000000 00000000 {NullString}",
            reads: false);
    }

    [Fact]
    public void An_app_configuration_has_avfs_fields_in_avfs_order()
    {
        VirtualMachineAppConfig config = new()
        {
            Name = "a",
            InstanceId = Filled(0xAA),
            Payload = new AppPayload { ConfigPath = "a" },
            OsName = "ab",
            DebugLevel = Virtualization.Aidl.DebugLevel.Full,
            ProtectedVm = true,
            MemoryMib = 256,
            CpuTopology = Virtualization.Aidl.CpuTopology.MatchHost,
            CustomConfig = new CustomConfig { GdbPort = 7, Devices = ["a"], ExtraKernelCmdlineParams = ["ab"] },
            HugePages = true,
        };

        string custom = $"01000000 34000000 00000000 07000000 00000000 01000000 {A} 01000000 00000000 01000000 {Ab}";
        Check(
            config,
            $"01000000 SIZE0000 {A} 40000000 {string.Concat(Enumerable.Repeat("AA", 64))} 00000000 00000000 00000000 00000000 00000000 "
            + $"01000000 00000000 {A} {Ab} 01000000 01000000 00010000 01000000 {custom} 01000000 00000000",
            reads: false);
    }

    [Fact]
    public void A_raw_configuration_has_avfs_fields_in_avfs_order() => Check(
        new VirtualMachineRawConfig
        {
            Name = "a",
            InstanceId = Filled(0xBB),
            Params = "ab",
            ProtectedVm = true,
            MemoryMib = 512,
            CpuTopology = Virtualization.Aidl.CpuTopology.MatchHost,
            PlatformVersion = "a",
            GdbPort = 9,
            HugePages = true,
            Devices = ["a"],
            NetworkSupported = true,
            ConsoleInputDevice = "ab",
            NoBalloon = true,
            UsbConfig = new UsbConfig { Controller = true },
        },
        $"01000000 SIZE0000 {A} 40000000 {string.Concat(Enumerable.Repeat("BB", 64))} 00000000 00000000 {Ab} 00000000 00000000 "
        + $"01000000 00020000 01000000 {A} 09000000 01000000 01000000 {A} 00000000 00000000 01000000 {Ab} 00000000 00000000 00000000 01000000 "
        + "01000000 08000000 01000000");

    [Fact]
    public void A_union_that_is_neither_or_both_is_not_sent()
    {
        Parcel parcel = new();
        Assert.Throws<InvalidOperationException>(() => parcel.WriteUnion(new AppPayload()));
        Assert.Throws<InvalidOperationException>(() => parcel.WriteUnion(new Virtualization.Aidl.VirtualMachineConfig
        {
            AppConfig = new VirtualMachineAppConfig(),
            RawConfig = new VirtualMachineRawConfig(),
        }));
    }

    [Theory]
    [InlineData("00000000", StatusCode.UnexpectedNull)]
    [InlineData("01000000 02000000", StatusCode.BadValue)]
    [InlineData("01000000 FFFFFFFF", StatusCode.BadValue)]
    [InlineData("01000000", StatusCode.NotEnoughData)]
    [InlineData("01000000 01000000 00000000", StatusCode.UnexpectedNull)]
    public void A_configuration_of_an_unknown_kind_is_refused(string hex, StatusCode expected)
    {
        Parcel parcel = FromHex(hex);

        Assert.Equal(expected, Assert.Throws<BinderException>(() => parcel.ReadRequiredUnion<Virtualization.Aidl.VirtualMachineConfig>()).Status);
    }

    [Fact]
    public void A_list_longer_than_its_parcel_is_refused_before_it_is_made()
    {
        Parcel parcel = FromHex("FFFFFF7F 01000000 00000000");

        Assert.Equal(StatusCode.NotEnoughData, Assert.Throws<BinderException>(() => parcel.ReadUnionList<InputDevice>()).Status);
    }

    [Fact]
    public void An_instance_id_of_another_length_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new Parcel().WriteInstanceId(new byte[63]));
        Parcel parcel = FromHex("04000000 01020304");
        Assert.Equal(StatusCode.BadValue, Assert.Throws<BinderException>(() => parcel.ReadInstanceId()).Status);
    }

    [Fact]
    public void Every_cut_of_a_configuration_is_an_older_peers_or_refused()
    {
        Parcel whole = new();
        whole.WriteParcelable(new VirtualMachineRawConfig { Name = "ab", Params = "a", PlatformVersion = "a", UsbConfig = new UsbConfig() });
        byte[] bytes = whole.Data.ToArray();
        for (int length = 0; length < bytes.Length; length += sizeof(int))
        {
            // The size tells that more follows, so the parcel itself is short.
            Parcel cut = FromHex(Convert.ToHexString(bytes.AsSpan(0, length)));
            Assert.Equal(StatusCode.NotEnoughData, Assert.Throws<BinderException>(() => cut.ReadParcelable<VirtualMachineRawConfig>()).Status);
        }
    }

    private static void Check<T>(T value, string expected, bool reads = true)
        where T : class, IParcelable, new()
    {
        Parcel parcel = new();
        parcel.WriteParcelable(value);
        string hex = Convert.ToHexString(parcel.Data);

        // The size is the parcel's length without the flag; the large ones are not counted by hand.
        string size = Convert.ToHexString(BitConverter.GetBytes(parcel.Length - sizeof(int)));
        Assert.Equal(Hex(expected.Replace("SIZE0000", size, StringComparison.Ordinal)), hex);
        if (reads)
        {
            parcel.Position = 0;
            T back = parcel.ReadParcelable<T>()!;
            Parcel again = new();
            again.WriteParcelable(back);
            Assert.Equal(hex, Convert.ToHexString(again.Data));
        }
    }

    private static Parcel FromHex(string hex)
    {
        Parcel parcel = new();
        foreach (byte[] word in Convert.FromHexString(Hex(hex)).Chunk(sizeof(int)))
        {
            parcel.WriteInt32(BitConverter.ToInt32(word));
        }

        parcel.Position = 0;
        return parcel;
    }

    private static string Hex(string text) => text.Replace(" ", "", StringComparison.Ordinal);

    private static byte[] Filled(byte value)
    {
        byte[] id = new byte[IVirtualizationService.InstanceIdLength];
        Array.Fill(id, value);
        return id;
    }
}
