using Integration.Guests;
using Integration.Hosts;

namespace Integration.Virtio;

/// <summary>Devices of other programs with Linux as their driver, shown with a folder that virtiofsd shares.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class VhostUserTests(PlainKvm plain) : HostTests(plain.Host)
{
    private const string Share = "mkdir $W/share; echo from the host >$W/share/note; exec /usr/libexec/virtiofsd --socket-path=$W/fs --shared-dir=$W/share --sandbox=none";

    [Theory]
    [InlineData("--vhost-user fs,socket=$W/fs,tag=work", "")]
    [InlineData("--vhost-user-fs $W/fs:work", "")]
    [InlineData("--vhost-user type=fs,socket=$W/fs", "--tag=work")]
    public async Task A_shared_folder_is_read_and_written(string options, string ofBackEnd)
    {
        await using HostProcess backEnd = Work.Start($"{Share} {ofBackEnd}");
        backEnd.CloseInput();
        LinuxRun run = await new LinuxGuest(
            """
            mkdir -p /mnt/work; mount -t virtiofs work /mnt/work
            echo '== note'; cat /mnt/work/note
            head -c 3000000 /dev/urandom >/mnt/work/data; sync; echo 3 >/proc/sys/vm/drop_caches
            echo '== sum'; sha256sum </mnt/work/data
            mkdir /mnt/work/folder; mv /mnt/work/data /mnt/work/folder; umount /mnt/work
            """)
        { Modules = true, Options = $"{options} --vhost-user-connect-timeout-ms 20000" }.Run(Work);

        run.ShouldEndWith(0);
        Assert.Equal("from the host", run.Section("note"));
        Assert.Equal(run.Section("sum"), (await Work.Run("sha256sum <$W/share/folder/data")).Output.Trim());
        await backEnd.End(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_back_end_that_is_killed_takes_neither_the_vm_nor_its_other_devices_with_it()
    {
        await using HostProcess backEnd = Work.Start(Share);
        backEnd.CloseInput();
        // Linux waits for ever for the answer of a folder that is gone, also when it is to power off: so the VM is stopped.
        await using HostProcess guest = await new LinuxGuest(
            "mkdir -p /mnt/work; mount -t virtiofs work /mnt/work; cat /mnt/work/note; echo go on; sleep 3; echo '== bytes'; head -c 1000 /dev/hwrng | wc -c; echo '== end'; sleep 1000")
        { Modules = true, Options = "--vhost-user fs,socket=$W/fs,tag=work --vhost-user-connect-timeout-ms 20000 --socket $W/control" }.Start(Work);
        await guest.Expect("go on");
        (await Work.Run("kill -9 $(pidof virtiofsd)")).ShouldExitWith(0);
        await guest.Expect("== end");
        (await Work.Run("./vmm stop $W/control")).ShouldExitWith(0);
        LinuxRun run = await LinuxGuest.End(guest);
        Assert.Equal(0, run.VmmStatus);
        Assert.Equal("1000", run.Section("bytes"));
        Assert.Contains("is gone", run.Error, StringComparison.Ordinal);
    }
}
