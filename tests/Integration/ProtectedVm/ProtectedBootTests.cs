using System.Text.Json;
using Integration.Guests;
using Integration.Hosts;

namespace Integration.ProtectedVm;

/// <summary>Debian's kernels as protected VMs, and what is said about them.</summary>
[Collection(ProtectedKvmCollection.Name)]
public sealed class ProtectedBootTests(ProtectedKvm pkvm) : ProtectedTests(pkvm)
{
    [SkippableTheory]
    [InlineData(false, "1")]
    [InlineData(false, "2")]
    [InlineData(true, "1")]
    public async Task A_kernel_boots_to_its_command(bool newest, string cpus)
    {
        Version version = Artifacts.Kernels[newest ? ^1 : 0];
        LinuxRun run = await new LinuxGuest(
            """
            echo '== cpus'; nproc
            echo '== kernel'; uname -r
            echo '== interrupts'; cat /proc/interrupts
            echo '== pool'; ls /proc/device-tree/reserved-memory
            echo '== pci'; ls /sys/bus/pci/devices
            exit 5
            """)
        {
            Kernel = LinuxGuest.KernelPath(version),
            Cpus = cpus,
            Options = "--protected-vm-without-firmware",
        }.Run(Work);

        run.ShouldEndWith(5);
        Assert.Equal(cpus, run.Section("cpus"));
        Assert.StartsWith($"{version}.", run.Section("kernel"), StringComparison.Ordinal);
        Assert.DoesNotContain("pmu", run.Section("interrupts"), StringComparison.Ordinal);
        Assert.Contains("restricted_dma_reserved", run.Section("pool"), StringComparison.Ordinal);
        Assert.Equal("0000:00:00.0", run.Section("pci"));
    }

    [SkippableFact]
    public async Task The_check_says_that_vms_can_be_protected_and_what_that_means()
    {
        CommandResult check = (await Work.Run("./vmm check --json </dev/null")).ShouldExitWith(0);

        using var report = JsonDocument.Parse(check.Output);
        Assert.True(report.RootElement.GetProperty("canRunProtected").GetBoolean());
        JsonElement pkvm = report.RootElement.GetProperty("pkvm");
        Assert.Equal(["memory"], Texts(pkvm.GetProperty("protected")));
        Assert.Equal(["vCPU registers", "launch measurement", "DMA"], Texts(pkvm.GetProperty("notYet")));
        Assert.Contains("host that loads another firmware", Texts(report.RootElement.GetProperty("firmware").GetProperty("notHeldOff")));
        Assert.Contains("Protected VMs: yes.", (await Work.Run("./vmm check </dev/null")).Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Two_protected_vms_run_at_once_and_one_that_is_killed_harms_nobody()
    {
        await using SecretGuest first = await SecretGuest.Start(Work, isProtected: true, "--socket $W/first");
        await using SecretGuest second = await SecretGuest.Start(Work, isProtected: true);
        Assert.Matches("(?m)^protected +yes$", (await Work.Run("./vmm status $W/first")).Output);

        await second.Kill();

        await first.ShouldBeIntact();
        await using SecretGuest third = await SecretGuest.Start(Work, isProtected: true);
        await third.ShouldBeIntact();
        (await Work.Run("./vmm suspend $W/first && ./vmm resume $W/first")).ShouldExitWith(0);
        await first.ShouldBeIntact();
        await third.PowerOff();
        await first.PowerOff();
    }

    [SkippableFact]
    public async Task Normal_vms_run_beside_and_protected_ones_leave_nothing_in_the_process()
    {
        CommandResult normal = await Work.Run("./vmm --extended-status run guests/syndrome.img </dev/null");
        normal.ShouldExitWith(0);
        Assert.Equal("abort\n", normal.Text);

        await Interop.ProbeChecks.Run(Work, "machines 5 guests/poweroff.img --protected");
    }

    [SkippableFact]
    public async Task A_guest_that_resets_or_hammers_its_devices_ends_as_a_normal_one_does()
    {
        const string Options = "--protected-vm-without-firmware --swiotlb 0";
        (await Work.Run($"./vmm --extended-status run {Options} guests/reset.img </dev/null")).ShouldExitWith(32);
        CommandResult hostile = await Work.Run($"./vmm --extended-status run {Options} guests/hostile.img </dev/null");
        hostile.ShouldExitWith(0);
        Assert.EndsWith("\nsurvived\n", hostile.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Too_little_memory_that_may_be_locked_is_refused_with_the_way_to_raise_it()
    {
        string? user = Work.Host.OtherUser;
        Skip.If(user is null, "needs root and a second user, which only the host VM gives");

        CommandResult refused = await Work.Run($"su {user} -c 'ulimit -l 8192; ./vmm run --protected-vm-without-firmware --swiotlb 0 --mem 64 guests/poweroff.img </dev/null'");
        CommandResult allowed = await Work.Run(
            $"ulimit -l 262144; su {user} -c 'ulimit -S -l 8192; ./vmm run --protected-vm-without-firmware --swiotlb 0 --mem 64 guests/poweroff.img </dev/null'");

        Refusals.Refusal.Check(refused, 1, "64 MiB are needed, this process may lock 8 MiB");
        Assert.Contains("ulimit -l 65536", refused.Error, StringComparison.Ordinal);
        allowed.ShouldExitWith(0);
        Assert.Equal("up\n", allowed.Text);
    }

    private static IEnumerable<string?> Texts(JsonElement list) => list.EnumerateArray().Select(item => item.GetString());
}
