using Integration.Hosts;

namespace Integration.Microdroid;

/// <summary>Many guests, one after the other and at once, and what is left when a part of one is killed: nothing.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class GuestEnduranceTests(PlainKvm plain) : HostTests(plain.Host)
{
    /// <summary>
    /// Counts that must not grow: open files of the host (given back in batches), processes of VMs, holders of guests' addresses, mounts, device-mapper and
    /// loop devices, directories of VMs, files in /tmp beside the test's own.
    /// </summary>
    private const string Count =
        """
        count() {
            echo $(cut -f1 /proc/sys/fs/file-nr) \
                $(cat /proc/[0-9]*/comm 2>/dev/null | grep -cxE 'vm|virtmgr|vmm') \
                $(ls -l /proc/[0-9]*/fd 2>/dev/null | grep -cE 'vhost-vsock|/dev/kvm') \
                $(wc -l </proc/mounts) \
                $(ls /dev/mapper | wc -l) $(cat /sys/block/loop*/loop/backing_file 2>/dev/null | wc -l) \
                $(find $(ls -d /run/user/$(id -u)/vmm /run/vmm/root /tmp/vmm-$(id -u) ${XDG_RUNTIME_DIR:-/none}/vmm 2>/dev/null) -mindepth 1 -type d | sort -u | wc -l) \
                $(ls -A /tmp | grep -cv '^vmm-test-') $(ls -A /dev/shm | wc -l)
        }
        """ + "\n";

    [Fact]
    public async Task Twenty_VMs_in_a_row_leave_no_process_address_directory_descriptor_or_mount()
    {
        CommandResult run = await Work.RunVm(
            Count +
            """
            guest() {
                vm run-app payloads/executable-payload.apk $W/$1.idsig $W/$1.img --config-path assets/vm_config.json --debug none </dev/null || echo status $?
            }
            # Three of four are kernels that power off at once: what the host makes for a VM is the same, and a whole guest takes a quarter of a minute.
            cp guests/poweroff.img $W/kernel; head -c 65536 /dev/zero >$W/disk
            echo '{ "kernel": "kernel", "platform_version": "~1.0", "memory_mib": 64, "disks": [{ "partitions": [{ "label": "a", "path": "disk" }] }] }' >$W/vm.json
            guest 0 >$W/out 2>&1; count
            for i in $(seq 20); do
                if [ $((i % 4)) = 0 ]; then guest $i; rm $W/$i.*; else vm run $W/vm.json --console $W/console --log $W/log </dev/null || echo status $?; fi >>$W/out 2>&1
            done
            count
            grep -c '^payload is ready$' $W/out; grep -c '^VM ended: Shutdown$' $W/out; grep -o 'CID [0-9]*' $W/out | sort -u | wc -l
            """,
            timeout: TimeSpan.FromMinutes(8));

        run.ShouldExitWith(0);
        string[] lines = run.Text.Trim().Split('\n');
        string all = (await Work.Run("cat $W/out")).Output;
        Assert.True(lines is [_, _, "6", "21", _], $"{run.Text}\n{all}");
        // An address that is free again is not given out at once: whoever still talks to the one before must not reach the next.
        Assert.Equal("21", lines[4]);
        ShouldBeAsBefore(lines[0], lines[1]);
        Assert.Empty(await Work.Processes());
    }

    [Fact]
    public async Task Of_four_guests_at_once_each_goes_whole_with_whichever_of_its_processes_is_killed()
    {
        string before = await Counted();
        GuestProcess[] guests = [.. Enumerable.Range(0, 4).Select(i => GuestProcess.StartApp(Work, $"vm{i}", "payloads/c-payload.apk", "--payload-binary-name c-payload.so --debug none"))];
        try
        {
            int[] cids = await Task.WhenAll(guests.Select(static guest => guest.Ready()));
            Assert.Equal(4, cids.Distinct().Count());
            foreach (int cid in cids)
            {
                Assert.Equal(["10"], await Work.AskPayload(cid, 5678, "calls:10:2"));
            }

            GuestProcesses[] processes = [.. await Task.WhenAll(guests.Select(static guest => guest.Processes()))];
            await using HostProcess caller = Work.Start($"{VmCommand.Setup} ./VmClient payload {cids[2]} 5678 spin");
            await caller.Expect("spins\n");

            await Kill(processes[0], processes[0].Vm);
            await guests[0].End();
            await Kill(processes[1], processes[1].Virtmgr);
            GuestEnd orphaned = (await guests[1].End()).ShouldEndWith("VirtualizationServiceDied", 1);
            Assert.DoesNotContain("bug in vm", orphaned.Vm.Text, StringComparison.Ordinal);
            await Kill(processes[2], processes[2].Vmm);
            (await guests[2].End()).ShouldEndWith("Killed", 1);
            Assert.Equal("spins\nspin DeadObject\n", (await caller.End(TimeSpan.FromSeconds(30))).ShouldExitWith(0).Output);

            // The fourth has not noticed anything.
            Assert.Equal(["10", "done"], await Work.AskPayload(cids[3], 5678, "calls:10:2", "exit:0"));
            (await guests[3].End()).ShouldEndWith("Shutdown", 0);
            Assert.Equal("Running VMs: []\n", (await Work.RunVm("vm list")).Output);
            // What a virtmgr left that was killed is removed by the next that makes a VM, or by hand.
            (await Work.RunVm("virtmgr sweep")).ShouldExitWith(0);
        }
        finally
        {
            foreach (GuestProcess guest in guests)
            {
                await guest.DisposeAsync();
            }
        }

        ShouldBeAsBefore(before, await Counted());
        Assert.Empty(await Work.Processes());
    }

    private async Task<string> Counted() => (await Work.Run(Count + "count")).ShouldExitWith(0).Output.Trim();

    private async Task Kill(GuestProcesses processes, int which) =>
        (await Work.Run($"kill -9 {which}; for i in $(seq 100); do {processes.AreGone} && exit 0; sleep 0.1; done; ps; exit 1")).ShouldExitWith(0);

    private static void ShouldBeAsBefore(string before, string after)
    {
        string[] first = before.Split(' '), last = after.Split(' ');
        Assert.Equal(9, first.Length);
        Assert.Equal(string.Join(' ', first[1..]), string.Join(' ', last[1..]));
        Assert.InRange(int.Parse(last[0], System.Globalization.CultureInfo.InvariantCulture), 0, int.Parse(first[0], System.Globalization.CultureInfo.InvariantCulture) + 200);
    }
}
