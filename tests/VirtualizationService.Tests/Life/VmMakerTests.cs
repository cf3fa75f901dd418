using Kvm.Interop.Files;
using Virtualization.Aidl;
using VirtualizationService.Life;
using VirtualizationService.Permissions;
using VirtualizationService.Vsock;

namespace VirtualizationService.Tests.Life;

public sealed class VmMakerTests : IDisposable
{
    private static readonly Caller s_plain = new(4711, 4711, [4711]);

    private readonly TemporaryDirectory _home = new();
    private readonly TemporaryDirectory _root = new();

    public void Dispose()
    {
        _home.Dispose();
        _root.Dispose();
    }

    [Fact]
    public void A_plain_user_may_not_run_a_configuration_of_ones_own_and_is_told_the_group()
    {
        RefusedException refusal = Assert.Throws<RefusedException>(() => Maker(s_plain).Make(Raw(), null, null, null, 1));

        Assert.Equal(Refusal.Security, refusal.Refusal);
        Assert.Contains("(USE_CUSTOM_VIRTUAL_MACHINE): the policy wants root or the group no-such-group-here", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(_root.Path));
    }

    [Fact]
    public void A_device_that_is_missing_or_may_not_be_opened_refuses_before_anything_else()
    {
        VmMaker maker = Maker(s_plain, "/dev/no-such-device");

        RefusedException refusal = Assert.Throws<RefusedException>(() => maker.Make(Raw(), null, null, null, 1));

        Assert.Equal("/dev/no-such-device is missing: load the kernel module: modprobe no_such_device", refusal.Message);
    }

    [Fact]
    public void A_configuration_that_is_refused_leaves_neither_descriptors_nor_directories()
    {
        VirtualMachineConfig config = Raw();
        config.RawConfig!.Disks = [new DiskImage { Partitions = [new Partition { Label = "x", Image = Open("odd", 4097), Writable = true }] }];
        FileDescriptor image = config.RawConfig.Disks[0].Partitions[0].Image!;
        FileDescriptor console = Open("console", 0);

        Assert.Throws<RefusedException>(() => Maker(Caller.ThisProcess with { User = 0 }).Make(config, console, null, null, 1));

        Assert.True(image.IsClosed);
        Assert.True(console.IsClosed);
        Assert.Empty(Directory.GetDirectories(_root.Path));
    }

    [Fact]
    public void An_empty_configuration_is_refused() =>
        Assert.Equal(
            Refusal.Argument,
            Assert.Throws<RefusedException>(() => Maker(Caller.ThisProcess with { User = 0 }).Make(new VirtualMachineConfig(), null, null, null, 1)).Refusal);

    [Fact]
    public void A_VM_owns_what_it_was_made_from_until_its_end()
    {
        VirtualMachineConfig config = Raw();
        FileDescriptor kernel = config.RawConfig!.Kernel!;

        VmInstance vm = Maker(Caller.ThisProcess with { User = 0 }).Make(config, null, null, null, 1);

        Assert.False(kernel.IsClosed);
        vm.Dispose();
        Assert.True(kernel.IsClosed);
    }

    private VmMaker Maker(Caller caller, params string[] devices) => new()
    {
        Installation = new Installation(_home.Path),
        Policy = new Policy { UseCustomVirtualMachine = ["no-such-group-here"] },
        Caller = caller,
        Devices = new DevicePermission(devices),
        Places = new VmPlaces(new UnixVsockHost(), _root.Path, null),
        CanProtect = static () => false,
        HangupPatience = Timeout.InfiniteTimeSpan,
        Log = new ServiceLog(TextWriter.Null),
    };

    private VirtualMachineConfig Raw() => new() { RawConfig = new VirtualMachineRawConfig { Kernel = Open("kernel", 16), PlatformVersion = "~1.0" } };

    private PosixFile Open(string name, int size)
    {
        File.WriteAllBytes(_home[name], new byte[size]);
        return PosixFile.Open(_home[name], OpenFlags.O_RDWR);
    }
}
