using Vmm.Configuration;

namespace Vmm.Tests.CommandLine;

public sealed class RunOptionTests
{
    [Fact]
    public void A_kernel_alone_gives_crosvms_defaults()
    {
        var config = CommandLineUnderTest.Run("Image");
        Assert.Equal("Image", config.KernelPath);
        Assert.Null(config.InitrdPath);
        Assert.Equal(256UL, config.MemoryMib);
        Assert.Equal(1, config.CpuCount);
        Assert.Equal(SveMode.Auto, config.Sve);
        Assert.True(config.Pmu);
        Assert.True(config.Rtc);
        Assert.Equal(FdtPosition.End, config.FdtPosition);
        Assert.Equal(ProtectionMode.Unprotected, config.Protection);
        Assert.Equal(0UL, config.EffectiveSwiotlbMib);
        Assert.Empty(config.Params);
    }

    [Fact]
    public void Without_a_serial_option_port_1_is_the_console_on_the_terminal() =>
        Assert.Equal(
            new SerialConfig { Backend = SerialBackend.Stdout, Number = 1, Console = true, Stdin = true },
            Assert.Single(CommandLineUnderTest.Run("Image").Serial));

    [Fact]
    public void Port_1_stays_the_console_when_only_others_are_described()
    {
        var serial = CommandLineUnderTest.Run("--serial", "type=sink,num=2", "Image").Serial;
        Assert.Equal([1, 2], serial.Select(static port => port.Number));
        Assert.True(serial[0].Console);
    }

    [Theory]
    [InlineData("type=sink,num=1")]
    [InlineData("type=stdout,num=2,console")]
    public void Nothing_is_added_when_port_1_or_the_console_is_described(string value) =>
        Assert.Single(CommandLineUnderTest.Run("--serial", value, "Image").Serial);

    [Theory]
    [InlineData("--mem", "512")]
    [InlineData("--mem", "0x200")]
    [InlineData("--mem", "size=512")]
    [InlineData("-m", "512")]
    [InlineData("--mem=size=512", null)]
    [InlineData("--mem=512", null)]
    public void Memory_is_in_mebibytes(string option, string? value) =>
        Assert.Equal(512UL, CommandLineUnderTest.Run(value is null ? [option, "Image"] : [option, value, "Image"]).MemoryMib);

    [Theory]
    [InlineData("4", 4, SveMode.Auto)]
    [InlineData("num-cores=4", 4, SveMode.Auto)]
    [InlineData("2,sve=[auto=true]", 2, SveMode.Auto)]
    [InlineData("2,sve=[auto=false]", 2, SveMode.Off)]
    [InlineData("sve=[auto=false]", 1, SveMode.Off)]
    [InlineData("16", 16, SveMode.Auto)]
    public void Cpus_are_a_number_with_or_without_its_key(string value, int count, SveMode sve)
    {
        var config = CommandLineUnderTest.Run("--cpus", value, "Image");
        Assert.Equal(count, config.CpuCount);
        Assert.Equal(sve, config.Sve);
    }

    [Fact]
    public void Kernel_parameters_keep_their_order_and_text() =>
        Assert.Equal(
            ["console=ttyS0 quiet", "-- init=/x,y", "@home"],
            CommandLineUnderTest.Run("-p", "console=ttyS0 quiet", "--params=-- init=/x,y", "--params", "@home", "Image").Params);

    [Fact]
    public void Options_may_follow_the_kernel() => Assert.Equal(1024UL, CommandLineUnderTest.Run("Image", "-m", "1024").MemoryMib);

    [Fact]
    public void After_two_dashes_a_kernel_may_begin_with_a_dash() => Assert.Equal("-Image", CommandLineUnderTest.Run("--no-rtc", "--", "-Image").KernelPath);

    [Theory]
    [InlineData("/h")]
    [InlineData("/?")]
    [InlineData("check")]
    [InlineData("-")]
    public void A_kernel_may_have_any_name_that_is_no_option(string path) => Assert.Equal(path, CommandLineUnderTest.Run(path).KernelPath);

    [Fact]
    public void Pci_windows_are_ranges()
    {
        var config = CommandLineUnderTest.Run("--pci", "mem=[start=0x2c000000,size=0x2000000],cam=[start=0x2e000000,size=0x1000000]", "Image");
        Assert.Equal(new AddressRange(0x2c000000, 0x2000000), config.PciMem);
        Assert.Equal(new AddressRange(0x2e000000, 0x1000000), config.PciCam);
    }

    [Theory]
    [InlineData("kernel", null)]
    [InlineData("kernel[]", null)]
    [InlineData("kernel[allow-vgic-its]", true)]
    [InlineData("kernel[allow-vgic-its=false]", false)]
    public void The_interrupt_chip_is_the_kernels(string value, bool? its) =>
        Assert.Equal(its, CommandLineUnderTest.Run("--irqchip", value, "Image").AllowVgicIts);

    [Fact]
    public void Every_other_option_reaches_the_configuration()
    {
        var config = CommandLineUnderTest.Run(
            "--initrd", "initrd.img", "--name", "one", "--hugepages", "--no-pmu", "--no-rtc", "--no-rng", "--disable-virtio-intx", "--fdt-position", "after-payload",
            "--dump-device-tree-blob", "out.dtb", "--device-tree-overlay", "a.dtbo", "--device-tree-overlay", "path=b.dtbo,filter",
            "--protected-vm-without-firmware", "--swiotlb", "14", "--socket", "/run/vm.sock", "--suspended", "--compat-date", "2025-02-01",
            "--trace", "--disable-sandbox", "Image");
        Assert.Equal("initrd.img", config.InitrdPath);
        Assert.Equal("one", config.Name);
        Assert.True(config.Hugepages);
        Assert.False(config.Pmu);
        Assert.False(config.Rtc);
        Assert.False(config.Rng);
        Assert.False(config.VirtioIntx);
        Assert.Equal(FdtPosition.AfterPayload, config.FdtPosition);
        Assert.Equal("out.dtb", config.DumpDeviceTreePath);
        Assert.Equal([new DeviceTreeOverlay("a.dtbo", false), new DeviceTreeOverlay("b.dtbo", true)], config.DeviceTreeOverlays);
        Assert.Equal(ProtectionMode.ProtectedWithoutFirmware, config.Protection);
        Assert.Equal(14UL, config.SwiotlbMib);
        Assert.Equal("/run/vm.sock", config.SocketPath);
        Assert.True(config.Suspended);
        Assert.Equal(new DateOnly(2025, 2, 1), config.CompatDate);
        Assert.True(config.Trace);
    }

    [Fact]
    public void A_serial_port_takes_every_key()
    {
        var port = CommandLineUnderTest.Run("--serial", "type=file,hardware=serial,num=3,path=/tmp/out,input=/tmp/in,console=true,earlycon", "Image").Serial[0];
        Assert.Equal(
            new SerialConfig
            {
                Backend = SerialBackend.File,
                Number = 3,
                Path = "/tmp/out",
                Input = "/tmp/in",
                Console = true,
                EarlyConsole = true,
            },
            port);
    }

    [Fact]
    public void Sve_follows_the_machine_of_the_date_unless_it_is_asked_for()
    {
        Assert.Equal(SveMode.Off, CommandLineUnderTest.Run("--compat-date", "2025-10-27", "Image").Sve);
        Assert.Equal(SveMode.Auto, CommandLineUnderTest.Run("--compat-date", "2025-10-28", "Image").Sve);
        Assert.Equal(SveMode.Auto, CommandLineUnderTest.Run("--compat-date", "2024-05-01", "--cpus", "1,sve=[auto=true]", "Image").Sve);
    }

    [Fact]
    public void Explain_takes_the_options_of_run()
    {
        var cli = new CommandLineUnderTest();
        Assert.Equal(0, cli.Invoke("explain", "--mem", "64", "Image"));
        Assert.Equal(64UL, cli.Config!.MemoryMib);
        Assert.Equal("explained", cli.Output.ToString().Trim());
    }
}
