using VirtualizationService.Life;
using Vmm.CommandLine;
using Vmm.Configuration;
using Vmm.Outcome;

namespace VirtualizationService.Tests.Life;

public class VmmArgumentsTests
{
    private static readonly VmmLaunch s_app = new()
    {
        Name = "payload",
        VsockOptions = ["--cid", "2048", "--vhost-vsock-fd", "30"],
        MemoryMib = 256,
        HasBalloon = true,
        Disks =
        [
            new VmmDisk("composite-0.img", true, false),
            new VmmDisk("composite-1.img", true, true),
            new VmmDisk("composite-2.img", true, false),
        ],
        ConsoleOut = 20,
        ConsoleIn = 21,
        ConsoleInputDevice = "hvc0",
        Log = 22,
        Failure = 23,
        Control = 24,
        InstanceId = 25,
        Kernel = 26,
        Initrd = 27,
    };

    private static readonly VmmLaunch s_raw = new()
    {
        VsockOptions = ["--vsock", "cid=2049,uds=vsock"],
        MemoryMib = 512,
        Cpus = 4,
        HugePages = true,
        Disks = [new VmmDisk("/proc/self/fd/31", false, true)],
        ConsoleIn = 21,
        Failure = 23,
        Control = 24,
        InstanceId = 25,
        Kernel = 26,
        Params = "-x console=hvc0 a=\"b c\"",
    };

    [Fact]
    public void An_apps_guest_gets_AVFs_options_in_AVFs_order() => Equal(
        """
        --extended-status --log-level info,disk=warn run --disable-sandbox
        --name=payload
        --cid 2048 --vhost-vsock-fd 30
        --balloon-page-reporting
        --no-usb
        --mem 256 --cpus 1
        --serial=type=file,path=/proc/self/fd/20,hardware=serial,num=1
        --serial=type=file,path=/proc/self/fd/23,hardware=serial,num=2
        --serial=type=file,path=/proc/self/fd/20,input=/proc/self/fd/21,hardware=virtio-console,num=1
        --serial=type=sink,hardware=virtio-console,num=2
        --serial=type=file,path=/proc/self/fd/22,hardware=virtio-console,num=3
        --block path=composite-0.img,type=composite,ro=true,lock=false
        --block path=composite-1.img,type=composite,ro=false,lock=false
        --block path=composite-2.img,type=composite,ro=true,lock=false
        --socket /proc/self/fd/24
        --instance-id /proc/self/fd/25
        --initrd /proc/self/fd/27
        /proc/self/fd/26
        """,
        s_app);

    [Fact]
    public void A_protected_guest_has_a_pool_of_2_MiB_a_device_beside_its_memory_and_no_balloon()
    {
        string text = string.Join(' ', VmmArguments.Of(s_app with { IsProtected = true }));

        // Three disks, three consoles and the sockets.
        Assert.Contains("--no-balloon --no-usb --protected-vm --swiotlb 14 --unmap-guest-memory-on-fork --mem 270 --cpus 1", text, StringComparison.Ordinal);
        Assert.DoesNotContain("--balloon-page-reporting", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 8)]
    [InlineData(2, 12)]
    [InlineData(3, 14)]
    public void The_pool_grows_with_the_disks(int disks, int mib) => Assert.Equal(mib, VmmArguments.SwiotlbMib(disks));

    [Fact]
    public void A_raw_guest_reads_its_input_from_ttyS0_and_needs_no_output() => Equal(
        """
        --extended-status --log-level info,disk=warn run --disable-sandbox
        --vsock cid=2049,uds=vsock
        --no-balloon
        --no-usb
        --mem 512 --cpus 4
        --serial=type=file,path=/dev/null,input=/proc/self/fd/21,hardware=serial,num=1
        --serial=type=file,path=/proc/self/fd/23,hardware=serial,num=2
        --serial=type=sink,hardware=virtio-console,num=1
        --serial=type=sink,hardware=virtio-console,num=2
        --serial=type=sink,hardware=virtio-console,num=3
        --block path=/proc/self/fd/31,ro=false,lock=false
        --socket /proc/self/fd/24
        --instance-id /proc/self/fd/25
        --hugepages
        --params=-x console=hvc0 a="b c"
        /proc/self/fd/26
        """,
        s_raw);

    [Fact]
    public void The_VMM_understands_every_option()
    {
        // It reads the instance id while it parses; everything else stays a path.
        using TemporaryDirectory directory = new();
        File.WriteAllBytes(directory["id"], new byte[64]);

        foreach (VmmLaunch launch in (VmmLaunch[])[s_app, s_app with { IsProtected = true }, s_raw])
        {
            VmConfig? config = null;
            string[] arguments = [.. VmmArguments.Of(launch).Select(argument => argument == "/proc/self/fd/25" ? directory["id"] : argument)];
            new VmmCommandLine(new MachineCommands(given =>
            {
                config = given;
                return ExitCode.Stop;
            }), static _ => { }).Invoke(arguments, TextWriter.Null);

            Assert.NotNull(config);
            Assert.Equal("/proc/self/fd/26", config.KernelPath);
            Assert.Equal(5, config.Serial.Count);
            Assert.Equal(launch.Disks.Count, config.Disks.Count);
            Assert.Equal(launch.Disks.Select(static disk => !disk.IsWritable), config.Disks.Select(static disk => disk.ReadOnly));
            Assert.Equal(launch.Params ?? "", string.Join(' ', config.Params));
        }
    }

    private static void Equal(string expected, VmmLaunch launch) =>
        Assert.Equal(expected.ReplaceLineEndings(" "), string.Join(' ', VmmArguments.Of(launch)));
}
