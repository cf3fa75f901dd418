using System.Globalization;
using Integration.Guests;
using Integration.Hosts;

namespace Integration.Virtio;

/// <summary>Disks as Linux uses them: a root file system, data under load, a killed VMM, hosts that fail.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class BlockTests(PlainKvm plain) : HostTests(plain.Host)
{
    // What is written and read under verification; emulation makes each request a hundred times as slow.
    private string Volume => Work.Host.IsEmulated ? "16M" : "512M";

    [Fact]
    public async Task A_guest_lives_on_an_ext4_root_and_its_data_stays_right_through_discards_suspensions_and_a_resize()
    {
        (await Work.Run("""
            mkdir -p $W/tree/etc && echo 'from the root' >$W/tree/etc/mark && /usr/sbin/mke2fs -q -t ext4 -d $W/tree $W/root.img 32M &&
            truncate -s 1G $W/data.img && dd if=/dev/urandom of=$W/read.img bs=1M count=16 2>/dev/null && md5sum <$W/read.img >$W/read.md5
            """)).ShouldExitWith(0);
        string sum = (await Work.Run("cut -d' ' -f1 $W/read.md5")).Text.Trim();
        var guest = new LinuxGuest($$"""
            modprobe ext4
            root=$(sed 's/.*root=\([^ ]*\) \(r[ow]\).*/\1/' /proc/cmdline); mode=$(sed 's/.*root=\([^ ]*\) \(r[ow]\).*/\2/' /proc/cmdline)
            mount -t ext4 -o $mode $root /mnt || exit 10
            echo "== root"; echo "$root $mode $(cat /mnt/etc/mark)"
            echo "== identity"; cat /sys/block/vdb/serial; echo; cat /sys/block/vdb/queue/logical_block_size /sys/block/vdb/queue/physical_block_size /sys/block/vdc/ro
            echo "== queues"; ls /sys/block/vda/mq | wc -l
            echo "== read"; md5sum </dev/vdc | cut -d' ' -f1
            dd if=/dev/zero of=/dev/vdc bs=512 count=1 conv=fsync 2>/dev/null && exit 11
            echo "under load"
            # Checksums over the first half of the disk, discards over the second.
            (while [ ! -e /tmp/done ]; do blkdiscard -o 536870912 -l 67108864 /dev/vdb; sleep 0.2; done) &
            fio --name=mixed --filename=/dev/vdb --size=256M --io_size={{Volume}} --rw=randrw --bsrange=4k-256k --iodepth=16 --ioengine=libaio --direct=1 \
                --verify=crc32c --verify_fatal=1 --do_verify=1 --output=/tmp/fio || { cat /tmp/fio; exit 12; }
            fio --name=seq --filename=/dev/vdb --offset=256M --size={{Volume}} --rw=write --bs=1M --iodepth=4 --ioengine=libaio --direct=1 \
                --verify=md5 --verify_fatal=1 --do_verify=1 --output=/tmp/fio || { cat /tmp/fio; exit 13; }
            touch /tmp/done; wait
            cmp -n 67108864 /dev/zero /dev/vdb 0 536870912 || exit 14
            echo "for a resize"
            until [ "$(cat /sys/block/vdb/size)" = 4194304 ]; do sleep 0.1; done
            echo "== resized"; blockdev --getsize64 /dev/vdb
            dd if=/dev/urandom of=/dev/vdb bs=4096 count=1 seek=524287 conv=fsync 2>/dev/null || exit 15
            # Files on the root by way of the page cache, and back from the disk.
            dd if=/dev/urandom of=/mnt/file bs=1M count=8 2>/dev/null; a=$(md5sum </mnt/file); umount /mnt && mount -t ext4 /dev/vda /mnt && [ "$a" = "$(md5sum </mnt/file)" ] || exit 16
            umount /mnt
            """)
        {
            Modules = true,
            Fio = true,
            Cpus = "2",
            MemoryMib = 512,
            Options = "--socket $W/socket --block $W/root.img,root --block $W/data.img,id=DATA-1 --block $W/read.img,ro",
        };
        await using HostProcess process = await guest.Start(Work);
        await process.Expect("under load");
        for (int i = 0; i < 5; i++)
        {
            await Task.Delay(500);
            (await Work.Run("./vmm suspend $W/socket && sleep 0.2 && ./vmm resume $W/socket")).ShouldExitWith(0);
        }

        await process.Expect("for a resize", timeout: TimeSpan.FromSeconds(170));
        (await Work.Run("./vmm disk resize 1 2147483648 $W/socket")).ShouldExitWith(0);
        LinuxRun run = (await LinuxGuest.End(process)).ShouldEndWith(0);

        Assert.Equal("/dev/vda rw from the root", run.Section("root"));
        Assert.Equal("DATA-1 512 4096 1", run.Section("identity").ReplaceLineEndings(" "));
        Assert.Equal("2", run.Section("queues"));
        Assert.StartsWith(sum, run.Section("read"), StringComparison.Ordinal);
        Assert.StartsWith("2147483648", run.Section("resized"), StringComparison.Ordinal);
        CommandResult after = await Work.Run("/usr/sbin/e2fsck -fn $W/root.img >$W/fsck 2>&1 || { cat $W/fsck; exit 1; }; md5sum <$W/read.img; stat -c %s $W/data.img");
        Assert.Equal($"{sum}  -\n2147483648\n", after.ShouldExitWith(0).Output);
        // What was discarded is given back: half a gigabyte was never more than briefly there.
        int blocks = int.Parse((await Work.Run("du -m $W/data.img | cut -f1")).Text, CultureInfo.InvariantCulture);
        Assert.InRange(blocks, 1, 700);
    }

    [Fact]
    public async Task A_kernel_boots_from_an_ext4_disk_alone()
    {
        // The project's guest kernel has its drivers built in, so it needs no initramfs.
        (await Work.Run("""
            mkdir -p $W/tree/bin $W/tree/sbin $W/tree/dev $W/tree/proc && cp /usr/bin/busybox $W/tree/bin/busybox &&
            { echo '#!/bin/busybox sh'; echo 'busybox mount -t proc proc /proc; busybox grep " / " /proc/mounts; echo kept >/kept; busybox poweroff -f'; } >$W/tree/sbin/init &&
            chmod 755 $W/tree/sbin/init && /usr/sbin/mke2fs -q -t ext4 -d $W/tree $W/root.img 32M
            """)).ShouldExitWith(0);

        CommandResult run = await Work.Run(
            "./vmm --extended-status --log-level warn run --mem 128 --block $W/root.img,root --serial type=stdout,console -p quiet guest/protected </dev/null");

        run.ShouldExitWith(0);
        Assert.Contains("/dev/root / ext4 rw", run.Text, StringComparison.Ordinal);
        Assert.Equal("kept\n", (await Work.Run("/usr/sbin/debugfs -R 'cat /kept' $W/root.img 2>/dev/null")).Output);
    }

    [Fact]
    public async Task What_a_guest_has_synced_outlives_a_vmm_that_is_killed_in_the_middle_of_writing()
    {
        (await Work.Run("/usr/sbin/mke2fs -q -t ext4 $W/disk.img 64M")).ShouldExitWith(0);
        await using HostProcess process = await new LinuxGuest("""
            modprobe ext4; mount -t ext4 /dev/vda /mnt || exit 10
            dd if=/dev/urandom of=/mnt/kept bs=64k count=64 2>/dev/null; sync; echo "synced $(md5sum </mnt/kept)"
            while true; do dd if=/dev/urandom of=/mnt/more bs=64k count=128 2>/dev/null; done
            """)
        {
            Modules = true,
            Options = "--block $W/disk.img --socket $W/socket",
        }.Start(Work);
        int start = await process.Expect("synced ");
        await process.Expect("  -", start);
        string kept = process.Output.Substring(start, 32);
        (await Work.Run("sleep 1; kill -9 $(./vmm status $W/socket | sed -n 's/^pid *//p')")).ShouldExitWith(0);
        LinuxRun run = await LinuxGuest.End(process);

        Assert.Equal(137, run.VmmStatus);
        CommandResult found = await Work.Run("/usr/sbin/e2fsck -fy $W/disk.img >$W/fsck 2>&1; /usr/sbin/debugfs -R \"dump /kept $W/kept\" $W/disk.img 2>/dev/null; md5sum <$W/kept | cut -d' ' -f1");
        Assert.Equal(kept, found.ShouldExitWith(0).Output.Trim());
    }

    [Fact]
    public async Task A_second_writer_is_refused_by_the_name_of_the_file_and_readers_share_it()
    {
        await using HostProcess vm = Work.Start("truncate -s 1M $W/disk.img; ./vmm run --socket $W/socket --block $W/disk.img --serial type=file,path=$W/out guests/count.img </dev/null");
        (await Work.Run("for i in $(seq 300); do [ -s $W/out ] && exit; sleep 0.1; done; exit 1")).ShouldExitWith(0);

        CommandResult second = await Work.Run("./vmm run --block $W/disk.img guests/poweroff.img </dev/null");
        CommandResult reader = await Work.Run("./vmm run --disk $W/disk.img guests/poweroff.img </dev/null");
        CommandResult unlocked = await Work.Run("./vmm run --block $W/disk.img,lock=false guests/poweroff.img </dev/null");

        second.ShouldExitWith(1);
        Assert.StartsWith($"vmm: --block: {Work.Path}/disk.img is in use by another program", second.Error, StringComparison.Ordinal);
        reader.ShouldExitWith(1);
        unlocked.ShouldExitWith(0);
        (await Work.Run("./vmm stop $W/socket")).ShouldExitWith(0);
        (await vm.End(TimeSpan.FromSeconds(30))).ShouldExitWith(0);
        (await Work.Run("exec 3<$W/disk.img; ./vmm run --block /proc/self/fd/3,ro guests/poweroff.img </dev/null")).ShouldExitWith(0);
    }

    [SkippableFact]
    public async Task Where_io_uring_is_forbidden_threads_do_the_work_and_who_asks_for_it_is_told()
    {
        Skip.IfNot(Work.Host.IsEmulated, "the setting is the whole machine's");
        (await Work.Run("truncate -s 1M $W/disk.img; echo 2 >/proc/sys/kernel/io_uring_disabled")).ShouldExitWith(0);
        try
        {
            CommandResult asked = await Work.Run("./vmm run --block $W/disk.img,async-executor=uring guests/poweroff.img </dev/null");
            CommandResult silent = await Work.Run("./vmm --log-level block=debug run --block $W/disk.img guests/poweroff.img </dev/null");

            asked.ShouldExitWith(1);
            Assert.StartsWith($"vmm: --block: {Work.Path}/disk.img: async-executor=uring: io_uring_setup on this host: EPERM", asked.Error, StringComparison.Ordinal);
            silent.ShouldExitWith(0);
            Assert.Equal("vmm: block: I/O by threads\n", silent.Error);
        }
        finally
        {
            (await Work.Run("echo 0 >/proc/sys/kernel/io_uring_disabled")).ShouldExitWith(0);
        }
    }

    [Fact]
    public async Task A_host_that_is_full_or_fails_is_an_io_error_and_the_other_disk_goes_on()
    {
        (await Work.Run("""
            mkdir -p $W/full && mount -t tmpfs -o size=2m tmpfs $W/full && truncate -s 64M $W/full/disk.img &&
            truncate -s 16M $W/backing.img $W/good.img && loop=$(losetup -f) && losetup $loop $W/backing.img && echo $loop >$W/loop &&
            printf '0 16384 linear %s 0\n16384 16384 error\n' $loop | dmsetup create vmmtest --noudevsync --noudevrules &&
            echo /dev/$(dmsetup info -c --noheadings -o blkdevname vmmtest) >$W/failing && [ -b $(cat $W/failing) ]
            """)).ShouldExitWith(0);
        LinuxRun run;
        try
        {
            // A write to a page of the host's cache succeeds: that it could not be kept is told at the flush.
            run = await new LinuxGuest("""
                echo 1 >/proc/sys/kernel/printk
                echo "== full"; dd if=/dev/zero of=/dev/vda bs=1M count=32 oflag=direct 2>&1 | grep -c 'Input/output error'
                echo "== failing"; dd if=/dev/vdb of=/dev/null bs=4k count=8 iflag=direct 2>&1 | grep -c error
                dd if=/dev/vdb of=/dev/null bs=4k count=1 skip=2048 iflag=direct 2>&1 | grep -c 'Input/output error'
                dd if=/dev/urandom of=/dev/vdb bs=4k count=1 seek=2048 oflag=direct conv=fsync 2>&1 | grep -c 'Input/output error'
                dd if=/dev/urandom of=/dev/vdb bs=4k count=8 oflag=direct 2>/dev/null; echo $?
                dd if=/dev/urandom of=/dev/vdc bs=1M count=16 conv=fsync 2>/dev/null; echo "== good"; echo $?
                """)
            {
                Modules = true,
                Options = "--block $W/full/disk.img --block $(cat $W/failing) --block $W/good.img,async-executor=epoll",
            }.Run(Work);
        }
        finally
        {
            (await Work.Run("dmsetup remove --noudevsync --noudevrules vmmtest; losetup -d $(cat $W/loop); umount $W/full")).ShouldExitWith(0);
        }

        Assert.True(run.CommandStatus == 0, run.ToString());
        Assert.StartsWith("1", run.Section("full"), StringComparison.Ordinal);
        Assert.Equal("0 1 1 0", string.Join(' ', run.Section("failing").Split('\n').Take(4)));
        Assert.StartsWith("0", run.Section("good"), StringComparison.Ordinal);
    }
}
