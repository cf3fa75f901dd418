using Integration.Dice;
using Integration.Guests;
using Integration.Hosts;

namespace Integration.Firmware;

/// <summary>A verified boot to user space with devices and secrets, as a normal VM and as a protected one.</summary>
internal static class VerifiedBoot
{
    // The kernel of a guest that may not be debugged is not quiet: no argument of the host reaches it.
    private const string Command =
        """
        echo 1 >/proc/sys/kernel/printk
        echo '== command line'; cat /proc/cmdline
        echo '== chosen'; ls /proc/device-tree/chosen
        echo '== features'; for d in /sys/bus/virtio/devices/*; do cut -c34 $d/features; done | sort -u
        echo '== disk'; md5sum </dev/vdb
        dd if=/dev/urandom of=/tmp/new bs=64k count=32 2>/dev/null
        dd if=/tmp/new of=/dev/vdb bs=64k conv=fsync 2>/dev/null
        echo '== new'; md5sum </tmp/new
        echo 3 >/proc/sys/vm/drop_caches
        echo '== read back'; dd if=/dev/vdb bs=64k count=32 2>/dev/null | md5sum
        echo 'through the console' >/dev/hvc0
        socat -u OPEN:/tmp/new VSOCK-CONNECT:2:5000
        echo '== sent'; echo $?
        echo '== size'; open-dice size
        echo '== handover'; open-dice show | base64
        echo '== wiped'; open-dice wipe && open-dice show | tr -d '\0' | wc -c
        exit 7
        """;

    /// <summary>Boots it, looks at everything, and compares its secrets with what they are computed to be.</summary>
    /// <param name="work">Where.</param>
    /// <param name="option"><c>--unprotected-vm-with-firmware</c> or <c>--protected-vm-with-firmware</c>.</param>
    /// <param name="isDebuggable">Whether the guest may be debugged.</param>
    /// <param name="isNew">Whether this is the instance's first boot.</param>
    /// <returns>The hand-over as it was printed.</returns>
    public static async Task<string> Run(Workspace work, string option, bool isDebuggable, bool isNew)
    {
        LinuxGuest guest = VerifiedGuest.Make(
            option,
            Command,
            isDebuggable,
            "-p hostile=1 -p init=/bin/hostile --block path=$W/disk --cid 33 --serial hardware=virtio-console,num=1,type=file,path=$W/hvc0",
            "dd if=/dev/urandom of=$W/disk bs=1M count=8 2>/dev/null; md5sum <$W/disk >$W/before; socat -u VSOCK-LISTEN:5000 CREATE:$W/received &");
        guest = guest with { After = "kill $! 2>/dev/null; " };
        LinuxRun run = await guest.Run(work);

        run.ShouldEndWith(7);
        string chosen = run.Section("chosen");
        Assert.Contains("avf,strict-boot", chosen, StringComparison.Ordinal);
        Assert.Equal(isNew, chosen.Contains("avf,new-instance", StringComparison.Ordinal));
        Assert.Equal(isDebuggable, run.Section("command line").Contains("hostile", StringComparison.Ordinal));

        Assert.Equal("1", run.Section("features")); // VIRTIO_F_ACCESS_PLATFORM
        Assert.Equal(await Output(work, "cat $W/before"), run.Section("disk"));
        Assert.Equal(run.Section("new"), run.Section("read back"));
        Assert.Equal(run.Section("new"), await Output(work, "dd if=$W/disk bs=64k count=32 2>/dev/null | md5sum"));
        Assert.Equal("0", run.Section("sent"));
        Assert.Equal(run.Section("new"), await Output(work, "md5sum <$W/received"));
        Assert.Contains("through the console", await Output(work, "cat $W/hvc0"), StringComparison.Ordinal);

        Assert.Equal("4096", run.Section("size"));
        Assert.Equal("0", run.Section("wiped"));
        (MeasuredFiles files, byte[] image) = await VerifiedGuest.Measure(work, isDebuggable);
        GuestSecrets.Read(Convert.FromBase64String(run.Section("handover"))).ShouldBeOf(files, files.SaltOf(image));
        return run.Section("handover");
    }

    private static async Task<string> Output(Workspace work, string command) => (await work.Run(command)).ShouldExitWith(0).Output.Trim();
}
