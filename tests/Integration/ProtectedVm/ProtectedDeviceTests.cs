using Integration.Guests;
using Integration.Hosts;

namespace Integration.ProtectedVm;

/// <summary>The project's guest kernel as a protected VM with devices: everything passes through the pool of pages that the guest shares.</summary>
[Collection(ProtectedKvmCollection.Name)]
public sealed class ProtectedDeviceTests(ProtectedKvm pkvm) : ProtectedTests(pkvm)
{
    [SkippableTheory]
    [InlineData("direct=false", "--cid 33", "1")]
    [InlineData("direct=true,packed-queue=true", "--vsock cid=34,uds=$W/sockets", "2")]
    public async Task A_protected_guest_has_a_disk_a_console_and_sockets_through_bounce_buffers(string disk, string vsock, string cpus)
    {
        LinuxRun run = await new LinuxGuest(
            """
            echo '== features'; for d in /sys/bus/virtio/devices/*; do cut -c34 $d/features; done | sort -u
            echo '== disk'; md5sum </dev/vda
            dd if=/dev/urandom of=/tmp/new bs=64k count=32 2>/dev/null
            dd if=/tmp/new of=/dev/vda bs=64k conv=fsync 2>/dev/null
            echo '== new'; md5sum </tmp/new
            echo 3 >/proc/sys/vm/drop_caches
            echo '== read back'; dd if=/dev/vda bs=64k count=32 2>/dev/null | md5sum
            echo 'through the console' >/dev/hvc0
            socat -u OPEN:/tmp/new VSOCK-CONNECT:2:5000
            echo '== sent'; echo $?
            exit 7
            """)
        {
            Kernel = "guest/protected",
            Tools = true,
            Cpus = cpus,
            MemoryMib = 384,
            Options = $"--protected-vm-without-firmware --block path=$W/disk,{disk} {vsock} --serial hardware=virtio-console,num=1,type=file,path=$W/hvc0",
            Before = "dd if=/dev/urandom of=$W/disk bs=1M count=8 2>/dev/null; md5sum <$W/disk >$W/before; "
                + $"socat -u {(vsock.Contains("uds", StringComparison.Ordinal) ? "UNIX-LISTEN:$W/sockets_5000" : "VSOCK-LISTEN:5000")} CREATE:$W/received & ",
            After = "kill $! 2>/dev/null; ",
        }.Run(Work);

        run.ShouldEndWith(7);
        Assert.Equal("1", run.Section("features")); // VIRTIO_F_ACCESS_PLATFORM
        Assert.Equal(await Output("cat $W/before"), run.Section("disk"));
        Assert.Equal(run.Section("new"), run.Section("read back"));
        Assert.Equal(run.Section("new"), await Output("dd if=$W/disk bs=64k count=32 2>/dev/null | md5sum"));
        Assert.Equal("0", run.Section("sent"));
        Assert.Equal(run.Section("new"), await Output("md5sum <$W/received"));
        Assert.Contains("through the console", await Output("cat $W/hvc0"), StringComparison.Ordinal);
    }

    private async Task<string> Output(string command) => (await Work.Run(command)).ShouldExitWith(0).Output.Trim();
}
