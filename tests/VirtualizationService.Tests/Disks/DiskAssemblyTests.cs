using System.Buffers.Binary;
using System.Text;
using Kvm.Interop.Files;
using Virtio.Block.Formats.Composite;
using Virtualization.Aidl;
using VirtualizationService.Disks;
using VirtualizationService.Life;

namespace VirtualizationService.Tests.Disks;

public sealed class DiskAssemblyTests : IDisposable
{
    private const int Sector = 512;
    private readonly TemporaryDirectory _directory = new();
    private readonly List<FileDescriptor> _open = [];

    public void Dispose()
    {
        foreach (FileDescriptor file in _open)
        {
            file.Dispose();
        }

        _directory.Dispose();
    }

    [Fact]
    public void Partitions_are_found_by_label_with_their_content_and_GUID()
    {
        byte[] first = Content(1, 5000);
        byte[] second = Content(2, 8192);
        Guid id = Guid.NewGuid();

        VmmDisk disk = Assemble(
            new Partition { Label = "payload-metadata", Image = Open("a", first) },
            new Partition { Label = "vm-instance", Image = Open("b", second), Writable = true, Guid = id.ToString() });

        Assert.Equal(new VmmDisk("composite-0.img", true, true), disk);
        byte[] bytes = Flatten(disk);
        List<(string Label, Guid Id, byte[] Content)> partitions = ReadTable(bytes);
        Assert.Equal(["payload-metadata", "vm-instance"], partitions.Select(static p => p.Label));
        Assert.Equal(id, partitions[1].Id);
        Assert.NotEqual(Guid.Empty, partitions[0].Id);
        Assert.Equal([.. first, .. new byte[8192 - 5000]], partitions[0].Content);
        Assert.Equal(second, partitions[1].Content);
        Assert.Equal(0, bytes.Length % 4096);
        Assert.Equal(0x5000, bytes.AsSpan().IndexOf(first.AsSpan(0, 64)));
    }

    [SkippableTheory]
    [InlineData("sgdisk", "-v", "No problems found")]
    [InlineData("sfdisk", "--verify", "No errors detected")]
    public void Other_programs_find_no_fault_in_the_table(string program, string option, string words)
    {
        VmmDisk disk = Assemble(
            new Partition { Label = "vbmeta_a", Image = Open("a", Content(1, 4096)) },
            new Partition { Label = "super", Image = Open("b", Content(2, 123_456)) });
        File.WriteAllBytes(_directory["flat"], Flatten(disk));

        (int status, byte[] output, string errors) = Tool.Run([], program, option, _directory["flat"]);

        Assert.True(status == 0, errors);
        Assert.Contains(words, Encoding.UTF8.GetString(output) + errors, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_is_the_descriptor_itself()
    {
        FileDescriptor image = Open("image", Content(1, 4096));

        VmmDisk disk = Assert.Single(DiskAssembly.Assemble([new DiskImage { Image = image, Writable = true }], _directory.Path));

        Assert.Equal(new VmmDisk($"/proc/self/fd/{image.DangerousGetHandle()}", false, true), disk);
    }

    [Fact]
    public void A_disk_that_cannot_be_is_refused_with_its_number_and_labels()
    {
        Refused(new DiskImage(), "disk 0 must have exactly one of an image and partitions");
        Refused(new DiskImage { Image = Open("a", Content(1, 512)), Partitions = [Part("x", 512)] }, "exactly one");
        Refused(new DiskImage { Partitions = [Part("x", 512), Part("x", 512)] }, "disk 0 (x, x)");
        Refused(new DiskImage { Partitions = [Part("x", 0)] }, "0 bytes");
        Refused(new DiskImage { Partitions = [Part("", 512)] }, "label");
        Refused(new DiskImage { Partitions = [Part(new string('x', 37), 512)] }, "36");
        Refused(new DiskImage { Partitions = [Part("x", 4097, writable: true)] }, "multiple of 4096");
        Partition wrongId = Part("x", 512);
        wrongId.Guid = "no guid";
        Refused(new DiskImage { Partitions = [wrongId] }, "'no guid'");
    }

    [Fact]
    public void Sparse_and_qcow_images_are_refused_as_partitions()
    {
        byte[] sparse = new byte[4096];
        BinaryPrimitives.WriteUInt32LittleEndian(sparse, 0xed26ff3a);
        byte[] qcow = new byte[4096];
        "QFI\xfb"u8[..3].CopyTo(qcow);
        qcow[3] = 0xfb;

        Refused(new DiskImage { Partitions = [new Partition { Label = "super", Image = Open("sparse", sparse) }] }, "Android sparse image");
        Refused(new DiskImage { Partitions = [new Partition { Label = "super", Image = Open("qcow", qcow) }] }, "qcow2 image");
    }

    [Fact]
    public void A_writable_partition_needs_a_descriptor_that_can_write()
    {
        File.WriteAllBytes(_directory["ro"], new byte[4096]);
        FileDescriptor image = PosixFile.Open(_directory["ro"], OpenFlags.O_RDONLY);
        _open.Add(image);

        Refused(new DiskImage { Partitions = [new Partition { Label = "x", Image = image, Writable = true }] }, "not open for writing");
    }

    [Theory]
    [InlineData(PartitionType.Raw, 1, 4096, "")]
    [InlineData(PartitionType.AndroidVmInstance, 10_000, 12_288, "Android-VM-instance\u0001\0")]
    [InlineData(PartitionType.Encryptedstore, 8192, 8192, "UNFORMATTED-STORAGE")]
    public void A_writable_partition_begins_as_its_type_says_and_holds_nothing_else(PartitionType type, long size, long length, string head)
    {
        FileDescriptor image = Open("image", Content(7, 20_000));

        WritablePartition.Initialize(image, size, type);

        byte[] content = File.ReadAllBytes(_directory["image"]);
        Assert.Equal(length, content.Length);
        Assert.Equal(head, Encoding.ASCII.GetString(content, 0, head.Length));
        Assert.True(content.AsSpan(head.Length).IndexOfAnyExcept((byte)0) < 0);
    }

    [Theory]
    [InlineData(PartitionType.Raw, 0)]
    [InlineData(PartitionType.Raw, -4096)]
    [InlineData(PartitionType.Raw, long.MaxValue)]
    [InlineData((PartitionType)3, 4096)]
    public void A_partition_of_no_size_or_type_is_refused_and_the_file_is_left_alone(PartitionType type, long size)
    {
        FileDescriptor image = Open("image", Content(7, 512));

        Assert.Equal(Refusal.Argument, Assert.Throws<RefusedException>(() => WritablePartition.Initialize(image, size, type)).Refusal);
        Assert.Equal(512, new FileInfo(_directory["image"]).Length);
    }

    private static byte[] Content(int seed, int length)
    {
        byte[] content = new byte[length];
        new Random(seed).NextBytes(content);
        return content;
    }

    /// <summary>Reads a partition table with what UEFI 2.10 says in 5.3 and nothing of the project's.</summary>
    private static List<(string Label, Guid Id, byte[] Content)> ReadTable(byte[] disk)
    {
        ReadOnlySpan<byte> header = disk.AsSpan(Sector, 92);
        Assert.Equal("EFI PART", Encoding.ASCII.GetString(header[..8]));
        Assert.Equal(40UL, BinaryPrimitives.ReadUInt64LittleEndian(header[40..]));
        Assert.Equal(128u, BinaryPrimitives.ReadUInt32LittleEndian(header[80..]));
        ulong backup = BinaryPrimitives.ReadUInt64LittleEndian(header[32..]);
        Assert.Equal((ulong)(disk.Length / Sector) - 1, backup);
        Assert.Equal("EFI PART", Encoding.ASCII.GetString(disk.AsSpan((int)backup * Sector, 8)));
        List<(string, Guid, byte[])> found = [];
        for (int entry = 2 * Sector; entry < 34 * Sector; entry += 128)
        {
            if (new Guid(disk.AsSpan(entry, 16)) is var type && type != Guid.Empty)
            {
                Assert.Equal(Guid.Parse("0FC63DAF-8483-4772-8E79-3D69D8477DE4"), type);
                int first = (int)BinaryPrimitives.ReadUInt64LittleEndian(disk.AsSpan(entry + 32));
                int last = (int)BinaryPrimitives.ReadUInt64LittleEndian(disk.AsSpan(entry + 40));
                Assert.Equal(0, first % 8);
                string label = Encoding.Unicode.GetString(disk, entry + 56, 72).TrimEnd('\0');
                found.Add((label, new Guid(disk.AsSpan(entry + 16, 16)), disk[(first * Sector)..((last + 1) * Sector)]));
            }
        }

        return found;
    }

    private Partition Part(string label, int size, bool writable = false) =>
        new() { Label = label, Image = Open($"part{_open.Count}", Content(3, size)), Writable = writable };

    private VmmDisk Assemble(params Partition[] partitions) =>
        Assert.Single(DiskAssembly.Assemble([new DiskImage { Partitions = partitions }], _directory.Path));

    private void Refused(DiskImage disk, string message)
    {
        RefusedException refusal = Assert.Throws<RefusedException>(() => DiskAssembly.Assemble([disk], _directory.Path));
        Assert.Equal(Refusal.Argument, refusal.Refusal);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    private PosixFile Open(string name, byte[] content)
    {
        File.WriteAllBytes(_directory[name], content);
        PosixFile file = PosixFile.Open(_directory[name], OpenFlags.O_RDWR);
        _open.Add(file);
        return file;
    }

    /// <summary>The disk's bytes, as the VMM's own reader of composite disks gives them.</summary>
    private unsafe byte[] Flatten(VmmDisk disk)
    {
        using CompositeDisk composite = CompositeDisk.Open(DiskDescriptor.Open(_directory[disk.Path], writable: false, direct: false), readOnly: true, lockFiles: false);
        byte[] bytes = new byte[composite.Size];
        fixed (byte* pointer = bytes)
        {
            Assert.Equal(0, composite.Read([new IoVector(pointer, (nuint)bytes.Length)], 0));
        }

        return bytes;
    }
}
