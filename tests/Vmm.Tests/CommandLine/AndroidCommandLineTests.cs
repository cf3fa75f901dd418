using Vmm.Configuration;
using Vmm.Machine;

namespace Vmm.Tests.CommandLine;

/// <summary>The command lines by which Android's virtmgr starts crosvm.</summary>
public sealed class AndroidCommandLineTests
{
    /// <summary>What virtmgr always passes and <c>vmm</c> has a meaning for; the device options are refused by name below.</summary>
    private static readonly string[] s_start =
        ["--extended-status", "--log-level", "info,disk=warn", "run", "--name", "crosvm_one", "--disable-sandbox"];

    private static readonly string[] s_serial =
    [
        "--serial=type=file,path=/proc/self/fd/40,hardware=serial,num=1,earlycon",
        "--serial=type=file,path=/proc/self/fd/41,hardware=serial,num=2",
    ];

    [Fact]
    public void A_protected_vm_as_virtmgr_starts_it_is_understood()
    {
        var cli = new CommandLineUnderTest();
        string[] args =
        [
            .. s_start, "--protected-vm-without-firmware", "--swiotlb", "14", "--params", "crashkernel=17M", "--params",
            "printk.devkmsg=on console=hvc0", "--pci", "mem=[start=0x2c000000,size=0x2000000],cam=[start=0x2e000000,size=0x1000000]",
            "--mem", "270", "--cpus", "2,sve=[auto=true]", "--dump-device-tree-blob", "/proc/self/fd/42", .. s_serial, "--initrd",
            "/proc/self/fd/43", "/proc/self/fd/44", "--no-pmu", "--socket", "/proc/self/fd/45", "--device-tree-overlay",
            "/proc/self/fd/46", "--hugepages", "--fdt-position", "after-payload",
        ];
        Assert.Equal(0, cli.Invoke(args));
        var config = cli.Config!;
        Assert.Equal("/proc/self/fd/44", config.KernelPath);
        Assert.Equal("/proc/self/fd/43", config.InitrdPath);
        Assert.Equal(ProtectionMode.ProtectedWithoutFirmware, config.Protection);
        Assert.Equal(14UL, config.SwiotlbMib);
        Assert.Equal(270UL, config.MemoryMib);
        Assert.Equal(["crashkernel=17M", "printk.devkmsg=on console=hvc0"], config.Params);
        Assert.Equal("/proc/self/fd/45", config.SocketPath);
        Assert.Equal([1, 2], config.Serial.Select(static port => port.Number));
        Assert.True(config.Serial[0].EarlyConsole);
        Assert.Empty(cli.Warnings);
    }

    [Theory]
    [InlineData("--no-balloon")]
    [InlineData("--no-usb")]
    [InlineData("--no-rng")]
    [InlineData("--unmap-guest-memory-on-fork")]
    [InlineData("--disable-sandbox")]
    public void What_virtmgr_asks_for_and_is_so_anyway_is_accepted(string option)
    {
        var cli = new CommandLineUnderTest();
        Assert.Equal(0, cli.Invoke(["run", option, "Image"]));
        Assert.Empty(cli.Warnings);
    }

    [Theory]
    [InlineData("--host-cpu-topology")]
    [InlineData("--virt-cpufreq")]
    [InlineData("--gdb", "1234")]
    [InlineData("--bios", "/proc/self/fd/3")]
    [InlineData("--gpu=backend=virglrenderer,context-types=virgl2,egl=true")]
    [InlineData("--gpu-display=mode=windowed[800,600],dpi=[320,320],refresh-rate=60")]
    [InlineData("--android-display-service=android.system.virtualizationservice")]
    [InlineData("--input", "multi-touch[path=/proc/self/fd/51,width=800,height=600]")]
    [InlineData("--boost-uclamp")]
    [InlineData("--vfio=/sys/bus/platform/devices/16d00000.eh,iommu=pkvm-iommu,dt-symbol=eh")]
    [InlineData("--file-backed-mapping", "addr=0x1000,size=4096,path=/proc/self/fd/53,rw,align")]
    [InlineData("--virtio-snd", "backend=aaudio,num_input_devices=1,num_output_devices=1")]
    public void What_virtmgr_asks_for_and_vmm_has_not_is_refused_by_name(params string[] option)
    {
        var name = option[0].Split('=')[0];
        Assert.Equal(
            $"{name} is an option of crosvm that vmm does not have yet",
            CommandLineUnderTest.Refusal([.. s_start, .. option, .. s_serial, "/proc/self/fd/44"]));
    }

    [Fact]
    public void Its_virtio_consoles_are_understood()
    {
        var config = CommandLineUnderTest.Run(
            [
                .. s_serial,
                "--serial=type=sink,hardware=virtio-console,num=3",
                "--serial=type=file,path=/proc/self/fd/31,hardware=virtio-console,num=1,console=true,input=/proc/self/fd/32",
                "--serial=type=file,path=/proc/self/fd/33,hardware=virtio-console,num=2", "/proc/self/fd/44",
            ]);

        Assert.Equal([1, 2, 3], SerialConfig.VirtioConsoles(config.Serial).Select(static port => port.Number));
        Assert.Contains(" console=hvc0", KernelCommandLine.Build(config), StringComparison.Ordinal);
        Assert.DoesNotContain("ttyS0", KernelCommandLine.Build(config with { Serial = [.. config.Serial.Where(static port => !port.EarlyConsole)] }), StringComparison.Ordinal);
    }

    [Fact]
    public void Its_network_and_shared_folders_are_understood()
    {
        var config = CommandLineUnderTest.Run(
            "--net", "tap-fd=50", "--vhost-user-fs", "/proc/self/fd/52,tag=shared", "--vhost-user", "type=fs,socket=/proc/self/fd/53", "Image");

        Assert.Equal(new NetConfig { Backend = NetBackend.TapFd, TapFd = 50 }, Assert.Single(config.Net));
        Assert.Equal(["/proc/self/fd/53", "/proc/self/fd/52"], config.VhostUser.Select(static device => device.Socket));
        Assert.Equal([null, "shared"], config.VhostUser.Select(static device => device.Tag));
        Assert.True(config.SharesMemory);
    }

    [Fact]
    public void Its_page_reporting_is_understood_and_without_an_effect_where_the_vm_is_protected()
    {
        Assert.True(CommandLineUnderTest.Run("--balloon-page-reporting", "Image").BalloonPageReporting);
        var cli = new CommandLineUnderTest();
        Assert.Equal(0, cli.Invoke([.. s_start, "--balloon-page-reporting", "--protected-vm-without-firmware", "Image"]));
        Assert.Equal(
            ["--balloon-page-reporting has no effect: the kernel takes no page back from a protected VM while it runs"], cli.Warnings);
    }
}
