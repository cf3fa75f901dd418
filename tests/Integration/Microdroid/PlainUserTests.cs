using System.Globalization;
using System.Text.RegularExpressions;
using Integration.Hosts;

namespace Integration.Microdroid;

/// <summary>Users of a host who are not root: who may run what, without a daemon and with the system service.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class PlainUserTests(PlainKvm plain) : HostTests(plain.Host)
{
    private const string Raw = "cp guests/spin.img $W/kernel; head -c 65536 /dev/zero >$W/disk; chmod 755 $W; chmod 644 $W/*; "
        + "echo '{ \"kernel\": \"kernel\", \"platform_version\": \"~1.0\", \"memory_mib\": 64, \"disks\": [{ \"image\": \"disk\" }] }' >$W/vm.json";

    [SkippableFact]
    public async Task A_user_in_the_group_of_the_devices_runs_a_guest_without_a_daemon()
    {
        string user = RequireUser();
        await using GuestProcess guest = GuestProcess.Start(
            Work, "app", "none", $"mkdir -m 777 $W/u; {VmCommand.Setup} exec {As(user, "vm run-app payloads/inspect.apk $W/u/app.idsig $W/u/app.img --config-path assets/vm_config.json --console $W/u/console --log $W/u/log")} </dev/null 2>&1");

        GuestEnd end = await guest.End();

        end.ShouldEndWith("Shutdown", 7);
        CommandResult files = (await Work.Run("stat -c '%U %a %n' $W/u/*; cat $W/u/log")).ShouldExitWith(0);
        Assert.Matches($"^{user} [0-7]+ .*/app.idsig\n", files.Output);
        Assert.Contains("payload: == end", files.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_user_who_may_not_open_the_devices_is_told_the_group_and_nothing_of_the_files()
    {
        RequireUser();
        CommandResult run = await Work.RunVm($"mkdir -m 777 $W/u; {As("nobody", "vm run-app /nowhere/a.apk $W/u/i $W/u/j --payload-binary-name a.so")} </dev/null");

        VmConfigTests.ShouldRefuse(run, 1, "/dev/kvm may not be opened: this user must be in the group that owns it");
        Assert.Equal("", (await Work.Run("ls $W/u")).Output);

        // The other device is as much needed.
        CommandResult half = await Work.RunVm($"chmod 600 /dev/vhost-vsock; {As(Work.Host.OtherUser!, "vm run-microdroid --work-dir $W/u/m")} </dev/null; s=$?; chmod 660 /dev/vhost-vsock; exit $s");
        half.ShouldExitWith(1);
        Assert.Contains("/dev/vhost-vsock", half.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task The_policy_says_whose_own_configurations_run_and_where_images_lie()
    {
        string user = RequireUser();
        CommandResult custom = await Work.RunVm(
            $"{Raw}; {VmCommand.CopyHome} copy_home policy.json; echo '{{ \"useCustomVirtualMachine\": [] }}' >$W/home/policy.json; {As(user, "vm run $W/vm.json")} </dev/null");
        VmConfigTests.ShouldRefuse(custom, 1, $"{user} may not run a configuration of one's own (USE_CUSTOM_VIRTUAL_MACHINE)");

        CommandResult place = await Work.RunVm(
            $"export VMM_HOME=$W/home; echo '{{ \"imageDirectories\": [\"/nowhere\"] }}' >$W/home/policy.json; {As(user, "vm run $W/vm.json")} </dev/null");
        VmConfigTests.ShouldRefuse(place, 1, "does not lie in /nowhere");

        CommandResult foreign = await Work.RunVm($"chown nobody $W/disk; {As(user, "vm run $W/vm.json")} </dev/null");
        VmConfigTests.ShouldRefuse(foreign, 1, "belongs to another user (nobody)");

        CommandResult broken = await Work.RunVm($"export VMM_HOME=$W/home; printf '{{\\n\"maxVmPerUser\": 1}}' >$W/home/policy.json; {As(user, "vm run $W/vm.json")} </dev/null");
        broken.ShouldExitWith(1);
        Assert.Contains("policy.json:2:", broken.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task The_system_service_lists_across_users_and_limits_each_of_them()
    {
        string user = RequireUser();
        (await Work.RunVm($"{Raw}; {VmCommand.CopyHome} copy_home policy.json; echo '{{ \"maxVmsPerUser\": 1 }}' >$W/home/policy.json; mkdir -p /run/vmm")).ShouldExitWith(0);
        await using HostProcess service = Work.Start(
            "VMM_HOME=$W/home DOTNET_EnableDiagnostics=0 exec ./VmClient listen /run/vmm/virtualizationservice.sock home/virtmgr system-service 2>$W/service.log");
        try
        {
            await ListAndLimit(user);
        }
        finally
        {
            await Work.Run("kill $(for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline 2>/dev/null | grep -q '^home/virtmgr system-service' && echo ${p##*/}; done)");
            (await service.End(TimeSpan.FromSeconds(30))).ShouldExitWith(0);
            (await Work.Run("rm -f /run/vmm/virtualizationservice.sock")).ShouldExitWith(0);
        }
    }

    private async Task ListAndLimit(string user)
    {
        (await Work.Run("for i in $(seq 100); do grep -q 'the system service serves' $W/service.log && exit 0; sleep 0.2; done; cat $W/service.log; exit 1")).ShouldExitWith(0);
        await using HostProcess vm = Work.Start($"{VmCommand.Setup} {As(user, "vm run $W/vm.json")} </dev/null 2>&1");
        int cid = await Cid(vm);
        CommandResult list = (await Work.RunVm("vm list; cat $W/service.log >&2; ls -lR /run/vmm >&2")).ShouldExitWith(0);
        Assert.True(
            Regex.IsMatch(list.Output, $"cid: {cid},\n +temporaryDirectory: \"/run/vmm/{cid}\",\n +requesterUid: 1000,"), $"{list.Text}\n{vm.Output}");
        Assert.Contains($"cid: {cid},", (await Work.RunVm(As(user, "vm list"))).ShouldExitWith(0).Output, StringComparison.Ordinal);
        Assert.Equal("Running VMs: []\n", (await Work.RunVm(As("nobody", "vm list"))).ShouldExitWith(0).Output);

        CommandResult second = await Work.RunVm($"{As(user, "vm run $W/vm.json")} </dev/null");
        VmConfigTests.ShouldRefuse(second, 1, $"{user} has 1 virtual machines, as many as the policy lets a user have (maxVmsPerUser)");
        // The limit is a user's, not the host's.
        await using HostProcess other = Work.Start($"{VmCommand.Setup} vm run $W/vm.json </dev/null 2>&1");
        int rootCid = await Cid(other);
        Assert.NotEqual(cid, rootCid);
        Assert.DoesNotContain($"cid: {rootCid},", (await Work.RunVm(As(user, "vm list"))).Output, StringComparison.Ordinal);

        (await Work.RunVm($"vm stop {rootCid}; {As(user, $"vm stop {cid}")}")).ShouldExitWith(0);
        Assert.Contains("VM ended: Killed", (await vm.End(TimeSpan.FromSeconds(60))).ShouldExitWith(1).Output, StringComparison.Ordinal);
        (await other.End(TimeSpan.FromSeconds(60))).ShouldExitWith(1);
        Assert.Equal("", (await Work.Run("ls /run/vmm | grep -x '[0-9]*'")).Output);
    }

    private static async Task<int> Cid(HostProcess vm)
    {
        await vm.Expect(", state is ");
        return int.Parse(Regex.Match(vm.Output, "CID ([0-9]+)").Groups[1].Value, CultureInfo.InvariantCulture);
    }

    private static string As(string user, string command) =>
        $"su -s /bin/sh {user} -c \"export HOME=/tmp VMM_HOME=$VMM_HOME W=$W VMM_TEST=$VMM_TEST PATH=$PATH DOTNET_EnableDiagnostics=0; cd $PWD; {command}\"";

    private string RequireUser()
    {
        Skip.If(Work.Host.OtherUser is null, "needs root and other users, which only the host VM gives");
        return Work.Host.OtherUser!;
    }
}
