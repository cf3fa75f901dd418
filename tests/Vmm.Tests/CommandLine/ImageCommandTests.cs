using Kvm.Interop.Files;
using Virtio.Block.Formats.Composite;
using Virtio.Block.Formats.Qcow2;
using Vmm.Outcome;

namespace Vmm.Tests.CommandLine;

public sealed class ImageCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("images-").FullName;

    [Fact]
    public void A_composite_disk_is_made_with_its_files_and_opens()
    {
        File.WriteAllBytes(At("system.img"), new byte[5000]);
        File.WriteAllBytes(At("data.img"), new byte[8192]);
        Run("create_composite", At("disk.img"), $"system:{At("system.img")}", $"data:{At("data.img")}:writable:4D3DEFB3-6C66-4E4C-A92C-2EBD2B6B9F0A");
        Assert.Equal(["data.img", "disk.img", "disk.img.filler", "disk.img.footer", "disk.img.header", "system.img"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order());
        using CompositeDisk disk = CompositeDisk.Open(PosixFile.Open(At("disk.img"), OpenFlags.O_RDONLY), readOnly: false, lockFiles: true);
        Assert.Equal((40UL * 512) + 8192 + 8192 + (40 * 512), disk.Size);
    }

    [Theory]
    [InlineData("system", "create_composite: the partition 'system' has no label or no image: it is LABEL:IMAGE[:writable][:GUID]")]
    [InlineData(":x", "create_composite: the partition ':x' has no label or no image: it is LABEL:IMAGE[:writable][:GUID]")]
    [InlineData("a:x:rw", "create_composite: 'rw' of the partition 'a:x:rw' is neither writable nor a GUID, or is there twice")]
    [InlineData("a:x:writable:writable", "create_composite: 'writable' of the partition 'a:x:writable:writable' is neither writable nor a GUID, or is there twice")]
    public void A_partition_that_is_not_understood_is_refused(string partition, string refusal) =>
        Assert.Equal(refusal, CommandLineUnderTest.Refusal("create_composite", At("disk.img"), partition));

    [Fact]
    public void Images_that_cannot_be_partitions_are_refused_by_name()
    {
        File.WriteAllBytes(At("odd.img"), new byte[5000]);
        Run("create_qcow2", At("disk.qcow2"), "1048576");
        Assert.Equal($"create_composite: {At("odd.img")} has 5000 bytes; the image of a writable partition has a multiple of 4096", Failure("create_composite", At("d"), $"a:{At("odd.img")}:writable"));
        Assert.Equal(
            $"create_composite: {At("disk.qcow2")} is a qcow2 image (qemu-img convert -O raw makes it raw); components of a composite disk are raw images",
            Failure("create_composite", At("d"), $"a:{At("disk.qcow2")}"));
        Assert.Equal($"create_composite: {At("d")} cannot have the partition label 'a' of {At("odd.img")}: each needs one of its own", Failure("create_composite", At("d"), $"a:{At("odd.img")}", $"a:{At("odd.img")}"));
        Assert.Equal($"create_composite: open on {At("none")}: ENOENT (No such file or directory)", Failure("create_composite", At("d"), $"a:{At("none")}"));
        Assert.False(File.Exists(At("d")));
    }

    [Fact]
    public void A_qcow2_image_is_made_and_has_the_size_that_was_asked_for()
    {
        Run("create_qcow2", At("disk"), "1073741824");
        using Qcow2Disk disk = Open("disk");
        Assert.Equal(1UL << 30, disk.Size);
    }

    [Fact]
    public void A_qcow2_image_on_a_backing_file_has_its_size_and_finds_it_from_its_own_folder()
    {
        Directory.CreateDirectory(At("sub"));
        File.WriteAllBytes(At("base.img"), new byte[10_000]);
        Run("create_qcow2", At("sub/disk"), "--backing-file", At("sub/../base.img"));
        using (Qcow2Disk disk = Open("sub/disk"))
        {
            Assert.Equal(9728UL, disk.Size);
        }

        Assert.Contains("begins as a qcow2 image and not as a raw one", Failure("create_qcow2", At("top"), "--backing-file", At("sub/disk")), StringComparison.Ordinal);
        Run("create_qcow2", At("top"), "--backing-file", At("sub/disk"), "--backing-format", "qcow2");
        using Qcow2Disk top = Open("top");
        Assert.Equal(9728UL, top.Size);
    }

    [Theory]
    [InlineData("create_qcow2 needs either SIZE or --backing-file")]
    [InlineData("create_qcow2 needs either SIZE or --backing-file", "4096", "--backing-file", "x")]
    [InlineData("create_qcow2: the size '1G' is not a number of bytes", "1G")]
    [InlineData("--backing-format: 'vmdk' is no format of a backing file: raw or qcow2", "--backing-file", "x", "--backing-format", "vmdk")]
    public void A_wrong_command_line_is_refused(string refusal, params string[] args) =>
        Assert.Equal(refusal, CommandLineUnderTest.Refusal(["create_qcow2", At("disk"), .. args]));

    [Fact]
    public void A_size_that_no_image_has_is_refused() =>
        Assert.Equal($"create_qcow2: {At("disk")} cannot be made with 1000 bytes of content: multiples of 512 up to 2251799813685248 are possible", Failure("create_qcow2", At("disk"), "1000"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void Run(params string[] args) => Assert.Equal(0, new CommandLineUnderTest().Invoke(args));

    private static string Failure(params string[] args) => Assert.Throws<VmmException>(() => new CommandLineUnderTest().Invoke(args)).Message;

    private string At(string name) => Path.Combine(_folder, name);

    private Qcow2Disk Open(string name) => Qcow2Disk.Open(PosixFile.Open(At(name), OpenFlags.O_RDWR), readOnly: false, allowBacking: true);
}
