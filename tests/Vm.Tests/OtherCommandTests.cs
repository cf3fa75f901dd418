using Virtualization;
using Virtualization.Aidl;
using Vm.CommandLine;
using Vm.Listing;

namespace Vm.Tests;

/// <summary>The commands that run no VM.</summary>
public sealed class OtherCommandTests
{
    [Fact]
    public async Task The_list_has_rusts_form()
    {
        using VmUnderTest vm = new();
        Assert.Equal(0, await vm.Run("list"));
        vm.Service.Running.Add(new VirtualMachineDebugInfo { Cid = 2048, TemporaryDirectory = "/run/2048", RequesterUid = 1000, RequesterPid = 7 });
        vm.Service.Running.Add(new VirtualMachineDebugInfo { Cid = 2049, TemporaryDirectory = "/run/\"\u001b", HostConsoleName = "/dev/pts/3" });
        Assert.Equal(0, await vm.Run("list"));

        Assert.Equal(
            """
            Running VMs: []
            Running VMs: [
                VirtualMachineDebugInfo {
                    cid: 2048,
                    temporaryDirectory: "/run/2048",
                    requesterUid: 1000,
                    requesterPid: 7,
                    hostConsoleName: None,
                },
                VirtualMachineDebugInfo {
                    cid: 2049,
                    temporaryDirectory: "/run/\"\u{1b}",
                    requesterUid: 0,
                    requesterPid: 0,
                    hostConsoleName: Some(
                        "/dev/pts/3",
                    ),
                },
            ]

            """,
            vm.Output);
    }

    [Fact]
    public async Task A_watched_list_is_printed_when_it_changes_until_ctrl_c()
    {
        using VmUnderTest vm = new();
        Task<int> list = vm.Run("list", "--watch");
        await Task.Delay(300);
        vm.Interrupt();

        Assert.Equal(0, await list);
        Assert.Equal("Running VMs: []\n", vm.Output);
    }

    [Theory]
    [InlineData(VirtualMachineCapabilities.None, "VMs are not supported.\nHypervisor version not set.\n")]
    [InlineData(VirtualMachineCapabilities.ProtectedVm, "Only protected VMs are supported.\nHypervisor version: kvm.arm-protected\n")]
    [InlineData(VirtualMachineCapabilities.NonProtectedVm, "Only non-protected VMs are supported.\nHypervisor version: kvm.arm\n")]
    [InlineData(
        VirtualMachineCapabilities.ProtectedVm | VirtualMachineCapabilities.NonProtectedVm,
        "Both protected and non-protected VMs are supported.\nHypervisor version: kvm.arm-protected\n")]
    public void Info_has_avfs_lines(VirtualMachineCapabilities capabilities, string beginning)
    {
        string text = new HostInfo(capabilities, HasKvm: true, HasVfio: false, HasVfioPlatform: true)
            .ToText([new AssignableDevice { Node = "/sys/d", DtboLabel = "l" }], ["microdroid"]);

        Assert.Equal(
            beginning + """
            /dev/kvm exists.
            /dev/vfio/vfio does not exist.
            VFIO-platform is supported.
            Assignable devices: [{"node":"/sys/d","dtbo_label":"l"}]
            Available OS list: ["microdroid"]

            """,
            text);
    }

    [Fact]
    public async Task Info_asks_the_service()
    {
        using VmUnderTest vm = new();

        Assert.Equal(0, await vm.Run("info"));
        Assert.EndsWith("Assignable devices: []\nAvailable OS list: [\"microdroid\"]\n", vm.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_feature_is_enabled_or_disabled()
    {
        using VmUnderTest vm = new();

        Assert.Equal(0, await vm.Run("check-feature-enabled", "com.android.kvm.MULTI_TENANT"));
        Assert.Equal(0, await vm.Run("check-feature-enabled", "x"));
        Assert.Equal("Feature com.android.kvm.MULTI_TENANT is enabled\nFeature x is disabled\n", vm.Output);
    }

    [Fact]
    public async Task A_partition_is_made_once()
    {
        using VmUnderTest vm = new();

        Assert.Equal(0, await vm.Run("create-partition", vm.Missing("p.img"), "4096", "-t", "instance"));
        Assert.Equal(0, await vm.Run("create-partition", vm.Missing("q.img"), "8192"));
        Assert.Equal(["partition AndroidVmInstance 4096", "partition Raw 8192"], vm.Service.Calls);
        Assert.Equal(1, await vm.Run("create-partition", vm.Missing("p.img"), "4096"));
        Assert.Equal("vm: open on DIR/p.img: EEXIST (File exists)\n", vm.Errors);
    }

    [Fact]
    public async Task An_idsig_is_made_and_a_refusal_names_the_apk()
    {
        using VmUnderTest vm = new();

        Assert.Equal(0, await vm.Run("create-idsig", vm.File("p.apk"), vm.Missing("p.idsig")));
        Assert.Equal("idsig", await File.ReadAllTextAsync(vm.Missing("p.idsig")));
        Assert.Equal(1, await vm.Run("create-idsig", vm.File("empty.apk", ""), vm.Missing("e.idsig")));
        Assert.Equal("vm: cannot make the idsig of DIR/empty.apk: the APK is empty\n", vm.Errors);
    }

    [Fact]
    public async Task Hashing_a_large_apk_is_told_where_a_person_watches()
    {
        using VmUnderTest vm = new();
        string apk = vm.File("large.apk");
        using (FileStream file = File.OpenWrite(apk))
        {
            file.SetLength(64 << 20);
        }

        Assert.Equal(0, await vm.Run("create-idsig", apk, vm.Missing("p.idsig")));
        Assert.Equal("hashing DIR/large.apk (64 MiB) …\nhashed DIR/large.apk\n", vm.Errors);
    }

    [Fact]
    public async Task A_vm_that_does_not_run_cannot_be_stopped()
    {
        using VmUnderTest vm = new();

        Assert.Equal(1, await vm.Run("stop", "2048"));
        Assert.Equal("vm: no VM with CID 2048 runs\n", vm.Errors);
    }

    [Fact]
    public void The_console_is_that_of_the_cid_or_the_only_one()
    {
        VirtualMachineDebugInfo without = new() { Cid = 1 };
        VirtualMachineDebugInfo first = new() { Cid = 2, HostConsoleName = "/dev/pts/2" };
        VirtualMachineDebugInfo second = new() { Cid = 3, HostConsoleName = "/dev/pts/3" };

        Assert.Equal("/dev/pts/2", ConsoleCommand.Choose([without, first], null));
        Assert.Equal("/dev/pts/3", ConsoleCommand.Choose([first, second], 3));
        Assert.Equal("several VMs have a console; say which: 2, 3", Assert.Throws<UsageException>(() => ConsoleCommand.Choose([first, second], null)).Message);
        Assert.Throws<VirtualMachineException>(() => ConsoleCommand.Choose([without], null));
        Assert.Throws<VirtualMachineException>(() => ConsoleCommand.Choose([without], 1));
        Assert.Throws<VirtualMachineException>(() => ConsoleCommand.Choose([without], 9));
    }
}
