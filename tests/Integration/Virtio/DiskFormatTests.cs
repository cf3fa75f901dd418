using Integration.Guests;
using Integration.Hosts;

namespace Integration.Virtio;

/// <summary>Disks of every format, made by <c>vmm</c> and used by Linux.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class DiskFormatTests(PlainKvm plain) : HostTests(plain.Host)
{
    [Fact]
    public async Task A_guest_sees_the_partitions_of_a_composite_disk_and_keeps_its_data_in_a_qcow2_image()
    {
        // In the sparse image: 4 KiB as they are, 4 KiB of one word, 8 KiB of nothing (header and chunks of the Android sparse format, version 1.0).
        await Run("""
            dd if=/dev/urandom of=$W/one.img bs=4096 count=500 2>/dev/null && dd if=/dev/urandom of=$W/two.img bs=4096 count=256 2>/dev/null
            md5sum <$W/one.img >$W/one.md5
            ./vmm create_composite $W/disk.img first:$W/one.img second:$W/two.img:writable
            ./vmm create_qcow2 $W/disk.qcow2 268435456
            head -c 4096 $W/one.img >$W/raw
            { printf '\072\377\046\355\001\000\000\000\034\000\014\000\000\020\000\000\004\000\000\000\003\000\000\000\000\000\000\000'
              printf '\301\312\000\000\001\000\000\000\014\020\000\000'; cat $W/raw
              printf '\302\312\000\000\001\000\000\000\020\000\000\000ABCD'
              printf '\303\312\000\000\002\000\000\000\014\000\000\000'; } >$W/disk.simg
            """);
        const string Disks = "--block $W/disk.img,type=composite --block $W/disk.qcow2,type=qcow2 --block $W/disk.simg,type=sparse,ro";
        LinuxRun first = await new LinuxGuest(
            """
            echo 1 >/proc/sys/kernel/printk
            echo '== labels'; grep -h PARTNAME /sys/block/vda/vda*/uevent
            echo '== one'; md5sum </dev/vda1
            dd if=/dev/zero of=/dev/vda1 bs=512 count=1 conv=fsync 2>/dev/null && exit 10
            echo written >/dev/vda2; sync
            /usr/sbin/mke2fs -q -t ext4 /dev/vdb && mount -t ext4 /dev/vdb /mnt || exit 11
            dd if=/dev/urandom of=/mnt/data bs=1M count=20 2>/dev/null; rm -f /mnt/nothing
            echo '== data'; md5sum </mnt/data
            umount /mnt
            echo '== size'; cat /sys/block/vdb/size /sys/block/vdc/size
            echo '== sparse'; head -c 4096 /dev/vdc | md5sum; dd if=/dev/vdc bs=4096 skip=1 count=1 2>/dev/null | tr -d ABCD | wc -c
            tail -c 8192 /dev/vdc | tr -d '\0' | wc -c
            exit 3
            """)
        { Modules = true, Tools = true, Options = Disks }.Run(Work);
        Assert.True(first is { VmmStatus: 0, CommandStatus: 3 }, first.ToString());
        Assert.Contains("block vda: writing at byte 20480 failed with EROFS", Assert.Single(first.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.Equal("PARTNAME=first PARTNAME=second", first.Section("labels").ReplaceLineEndings(" "));
        Assert.Equal(await Run("cat $W/one.md5"), first.Section("one"));
        Assert.Equal("written", await Run("head -n 1 $W/two.img"));
        Assert.Equal("524288 32", first.Section("size").ReplaceLineEndings(" "));
        Assert.Equal($"{await Run("md5sum <$W/raw")} 0 0", first.Section("sparse").ReplaceLineEndings(" "));
        int kibibytes = int.Parse(await Run("du -k $W/disk.qcow2 | cut -f1"), System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(kibibytes, 20 * 1024, 80 * 1024);

        LinuxRun second = await new LinuxGuest(
            """
            /usr/sbin/e2fsck -fn /dev/vdb >/tmp/fsck 2>&1 || { cat /tmp/fsck; exit 12; }
            mount -t ext4 -o ro /dev/vdb /mnt && echo '== data' && md5sum </mnt/data
            exit 4
            """)
        { Modules = true, Tools = true, Options = Disks }.Run(Work);
        second.ShouldEndWith(4);
        Assert.Equal(first.Section("data"), second.Section("data"));
    }

    private async Task<string> Run(string command) => (await Work.Run($"set -e\n{command}")).ShouldExitWith(0).Output.Trim();
}
