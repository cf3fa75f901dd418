using Virtio.Block;
using Vmm.Configuration;
using Vmm.Machine;

namespace Vmm.Tests.CommandLine;

public sealed class BlockOptionTests
{
    [Fact]
    public void A_path_alone_is_a_raw_disk_that_is_written_locked_and_sparse()
    {
        var disk = Assert.Single(CommandLineUnderTest.Run("--block", "disk.img", "Image").Disks);

        Assert.Equal(new BlockConfig { Path = "disk.img", Type = DiskType.Raw, Sparse = true, Lock = true, BlockSize = 512 }, disk);
    }

    [Fact]
    public void Every_key_has_its_meaning()
    {
        var disk = Assert.Single(CommandLineUnderTest.Run(
            "-b",
            "path=/dev/sdb,type=qcow2,ro=true,root,sparse=false,direct,lock=false,block-size=4096,id=SN1,async-executor=epoll,packed-queue,multiple-workers,allow-backing",
            "Image").Disks);

        Assert.Equal(
            new BlockConfig
            {
                Path = "/dev/sdb",
                Type = DiskType.Qcow2,
                ReadOnly = true,
                Root = true,
                Sparse = false,
                Direct = true,
                Lock = false,
                BlockSize = 4096,
                Id = "SN1",
                Engine = BlockEngineKind.Threads,
                PackedQueue = true,
                OwnThread = true,
                AllowBacking = true,
            },
            disk);
    }

    [Fact]
    public void The_older_forms_say_in_their_name_what_is_written_and_the_order_is_that_of_the_command_line()
    {
        var disks = CommandLineUnderTest.Run(
            "--rwdisk", "a", "-d", "b", "--block=c,ro", "Image", "-r", "d", "--disk=e,id=last").Disks;

        Assert.Equal(["a", "b", "c", "d", "e"], disks.Select(static disk => disk.Path));
        Assert.Equal([false, true, true, true, true], disks.Select(static disk => disk.ReadOnly));
        Assert.Equal([false, false, false, true, false], disks.Select(static disk => disk.Root));
        Assert.Equal("last", disks[^1].Id);
    }

    [Theory]
    [InlineData("root=/dev/vda rw", "--rwroot", "x")]
    [InlineData("root=/dev/vda ro", "--root", "x")]
    [InlineData("root=/dev/vdb ro", "--block", "a", "--block", "x,root,ro")]
    public void The_root_disk_is_named_to_the_kernel_before_the_users_parameters(string expected, params string[] args)
    {
        var line = KernelCommandLine.Build(CommandLineUnderTest.Run([.. args, "--params", "quiet", "Image"]));

        Assert.EndsWith($" {expected} quiet", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--block: path= is missing", "--block", "ro=true")]
    [InlineData("--block: character 7: block-size is a number (decimal or 0x hexadecimal), not '4k'", "--block", "a.img,block-size=4k")]
    [InlineData("--block: a: allow-backing is for type=qcow2; no other image has a backing file", "--block", "a,allow-backing")]
    [InlineData("--block: a: block-size=1000; it is 512, 1024, 2048 or 4096", "--block", "a,block-size=1000")]
    [InlineData("--rwdisk: a: block-size=8192; it is 512, 1024, 2048 or 4096", "--rwdisk", "a,block-size=8192")]
    [InlineData("--block: a: id='123456789012345678901'; it has at most 20 characters, all of them ASCII", "--block", "a,id=123456789012345678901")]
    [InlineData("2 disks are to be the root file system; one can be", "--root", "a", "--block", "b,root")]
    [InlineData("--block: pci-address is a key of crosvm that vmm does not have yet", "--block", "a,pci-address=00:05.0")]
    [InlineData("--block: character 3: type is raw|composite|sparse|qcow2, not 'vhdx'", "--block", "a,type=vhdx")]
    public void A_wrong_disk_is_refused_in_one_line(string expected, params string[] args) =>
        Assert.Equal(expected, CommandLineUnderTest.RunRefusal([.. args, "Image"]));

    [Fact]
    public void A_disk_index_that_is_no_number_is_refused() =>
        Assert.Equal(
            "DISK_INDEX: 'vda' is not a number (decimal or 0x hexadecimal)",
            CommandLineUnderTest.Refusal("disk", "resize", "vda", "1024", "/run/vm.sock"));
}
