using System.Diagnostics;
using System.Globalization;
using BootLoader.Gpt;
using Kvm.Interop;
using Kvm.Interop.Files;
using Virtio.Block;
using Virtio.Block.Formats;
using Virtio.Block.Formats.Composite;

namespace Virtio.Tests.Block.Formats.Composite;

public sealed class CompositeDiskTests : IDisposable
{
    private readonly ImageFolder _folder = new();

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    [InlineData(2UL)]
    public void A_disk_is_its_components_one_behind_the_other(ulong version)
    {
        byte[] a = AddFile("a", 1000), b = AddFile("b", 3096), c = AddFile("c", 8192);

        // In no order; b with more behind it than is used; c from its middle, where the version has that.
        ulong skip = version < 2 ? 0UL : 4096UL;
        using CompositeDisk disk = Open(Specification(version, 8192, [Part("c", 4096, true, skip), Part("a", 0), Part(_folder["b"], 1000, true)]));
        byte[] content = [.. a, .. b, .. c.AsSpan((int)skip, 4096)];
        Assert.Equal(8192UL, disk.Size);
        Assert.False(disk.IsReadOnly);
        Assert.Equal(content, disk.Read(0, 8192));
        Assert.Equal(content, disk.ReadExtents(0, 8192));
        Assert.Equal(content[900..4200], disk.Read(900, 3300));

        byte[] patch = DiskBytes.Pattern(9, 4096);
        disk.Write(2048, patch);
        patch.CopyTo(content, 2048);
        Assert.Equal(0, disk.WriteZeroes(4000, 1000, mayUnmap: true));
        Assert.Equal(0, disk.WriteZeroes(6500, 100, mayUnmap: false));
        content.AsSpan(4000, 1000).Clear();
        content.AsSpan(6500, 100).Clear();
        Assert.Equal(0, disk.Flush());
        Assert.Equal(content, disk.Read(0, 8192));
        Assert.Equal(0, disk.Discard(4096, 4096));
        content.AsSpan(4096).Clear();
        Assert.Equal(content, disk.Read(0, 8192));
        Assert.Equal(Errno.EOPNOTSUPP, disk.Resize(16384));
        Assert.Equal(a, File.ReadAllBytes(_folder["a"]));
        Assert.Equal(content[1000..4096], File.ReadAllBytes(_folder["b"]));
    }

    [Fact]
    public void A_specification_is_encoded_as_protocol_buffers_are_and_unknown_fields_are_left_alone()
    {
        byte[] a = AddFile("a", 8192);

        // version 2; { path "a", READ_WRITE, file_offset 4096 } without its offset, which is 0; a field 9 of each wire type; length 4096
        byte[] message = [0x08, 0x02, 0x12, 0x08, 0x0a, 0x01, (byte)'a', 0x18, 0x01, 0x20, 0x80, 0x20, 0x48, 0x05, 0x4a, 0x01, 0xff, 0x4d, 1, 2, 3, 4, 0x18, 0x80, 0x20];
        File.WriteAllBytes(_folder["disk"], [.. "composite_disk\u001d"u8, .. message]);
        using (CompositeDisk disk = CompositeDisk.Open(ImageFolder.Open(_folder["disk"], writable: false), readOnly: false, lockFiles: false))
        {
            Assert.False(disk.IsReadOnly);
            Assert.Equal(a[4096..], disk.Read(0, 4096));
        }

        CompositeMessage read = CompositeMessage.Parse(message, 0);
        CompositeMessage again = CompositeMessage.Parse(read.ToByteArray(), 0);
        Assert.Equal((2UL, 4096UL, "a", 0UL, true, 4096UL), (again.Version, again.Length, again.Components[0].FilePath, again.Components[0].Offset, again.Components[0].IsWritable, again.Components[0].FileOffset));
    }

    [Fact]
    public void A_write_that_touches_a_read_only_component_changes_nothing()
    {
        byte[] a = AddFile("a", 4096), b = AddFile("b", 4096);
        using (CompositeDisk disk = Open(Specification(2, 8192, [Part("a", 0, true), Part("b", 4096)])))
        {
            Assert.Equal(DiskExtentKind.Blocking, disk.Locate(4096, 512, forWrite: true).Kind);
            Assert.Equal(Errno.EROFS, disk.TryWrite(3584, new byte[1024]));
            Assert.Equal(Errno.EROFS, disk.WriteZeroes(0, 8192, mayUnmap: true));
            Assert.Equal(Errno.EROFS, disk.Discard(4096, 4096));
            Assert.Equal([.. a, .. b], disk.Read(0, 8192));
        }

        using CompositeDisk readOnly = Open(Specification(2, 8192, [Part("a", 0, true), Part("b", 4096)]), readOnly: true);
        Assert.True(readOnly.IsReadOnly);
        Assert.Equal(Errno.EROFS, readOnly.TryWrite(0, new byte[512]));
    }

    [Fact]
    public void Components_are_descriptors_that_the_process_was_started_with()
    {
        byte[] a = AddFile("a", 4096);
        AddFile("b", 4096);
        using PosixFile first = ImageFolder.Open(_folder["a"], writable: false);
        using PosixFile second = ImageFolder.Open(_folder["b"]);
        File.Delete(_folder["a"]);
        string one = Inherited(first), two = Inherited(second);
        using (CompositeDisk disk = Open(Specification(2, 8192, [Part(one, 0), Part(two, 4096, true)])))
        {
            Assert.Equal(a, disk.Read(0, 4096));
            disk.Write(4096, DiskBytes.Pattern(4, 4096));
        }

        Assert.Equal(DiskBytes.Pattern(4, 4096), File.ReadAllBytes(_folder["b"]));

        // They are still open, and what may only be read is not taken for writing.
        DiskFormatException refusal = Assert.Throws<DiskFormatException>(() => Open(Specification(2, 4096, [Part(one, 0, true)])));
        Assert.Equal($"{one} is not open for writing, and it is to be written", refusal.Message);
        Assert.Equal(Errno.EBADF, Assert.Throws<LinuxException>(() => Open(Specification(2, 4096, [Part("/proc/self/fd/999999", 0)]))).Errno);
    }

    [Fact]
    public void A_component_that_another_disk_writes_is_refused_and_one_that_both_read_is_shared()
    {
        AddFile("a", 4096);
        AddFile("b", 4096);
        CompositeMessage writes = Specification(2, 8192, [Part("a", 0), Part("b", 4096, true)]);
        using CompositeDisk disk = Open(writes, lockFiles: true);
        DiskFormatException refusal = Assert.Throws<DiskFormatException>(() => Open(writes, lockFiles: true));
        Assert.StartsWith($"{_folder["disk"]} has the component {_folder["b"]}, which another program has locked", refusal.Message, StringComparison.Ordinal);
        Open(Specification(2, 4096, [Part("a", 0)]), lockFiles: true).Dispose();
        CompositeDisk.Open(ImageFolder.Open(_folder["disk"], writable: false), readOnly: false, lockFiles: false).Dispose();
    }

    [Fact]
    public void Requests_allocate_nothing()
    {
        AddFile("a", 8192);
        using CompositeDisk disk = Open(Specification(2, 16384, [Part("a", 0, true), Part("a", 8192, true)]));
        byte[] bytes = new byte[4096];
        Assert.Equal(0, Allocations.OfThousand(() =>
        {
            _ = disk.TryRead(6144, bytes) + disk.TryWrite(6144, bytes) + disk.WriteZeroes(6144, 4096, mayUnmap: true);
            _ = disk.Locate(6144, 4096, forWrite: true);
        }));
    }

    public static TheoryData<string, string> Refusals => new()
    {
        { "version", "is a composite disk of version 3; versions up to 2 can be read" },
        { "empty", "is a composite disk of 0 components; 1 to 1024 are possible" },
        { "length", "is a composite disk of 1000 bytes, which is not a number of whole sectors" },
        { "gap", "is a composite disk whose first component begins at 512, not at 0" },
        { "same", "has the component a at 0, where the next one or the end is at 0" },
        { "behind", "has the component a at 8192, where the next one or the end is at 4096" },
        { "overflow", "has the component a at offset 18446744073709551615 of its file, which no file reaches" },
        { "short", "needs 8192 bytes of its component FOLDER/a, which has 4096" },
        { "nameless", "has no file for the component at 0" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void A_specification_that_makes_no_sense_is_refused_with_why(string what, string refusal)
    {
        AddFile("a", 4096);
        CompositeMessage message = what switch
        {
            "version" => Specification(3, 4096, [Part("a", 0)]),
            "empty" => Specification(2, 4096, []),
            "length" => Specification(2, 1000, [Part("a", 0)]),
            "gap" => Specification(2, 4096, [Part("a", 512)]),
            "same" => Specification(2, 4096, [Part("a", 0), Part("a", 0)]),
            "behind" => Specification(2, 4096, [Part("a", 0), Part("a", 8192)]),
            "overflow" => Specification(2, 4096, [Part("a", 0, false, ulong.MaxValue)]),
            "short" => Specification(2, 8192, [Part("a", 0)]),
            _ => Specification(2, 4096, [Part("", 0)]),
        };
        DiskFormatException exception = Assert.Throws<DiskFormatException>(() => Open(message));
        Assert.Equal($"{_folder["disk"]} {refusal.Replace("FOLDER", _folder[""], StringComparison.Ordinal)}", exception.Message);
    }

    [Theory]
    [InlineData("QFI\u00fb............", "is a qcow2 image (qemu-img convert -O raw makes it raw)")]
    [InlineData("\u003a\u00ff\u0026\u00ed............", "is an Android sparse image (simg2img makes it raw)")]
    [InlineData("composite_disk\u001d..", "is a composite disk")]
    public void An_image_of_another_format_is_a_component_only_where_the_guest_may_have_written_it(string head, string refusal)
    {
        byte[] image = new byte[4096];
        System.Text.Encoding.Latin1.GetBytes(head).CopyTo(image, 0);
        File.WriteAllBytes(_folder["a"], image);
        Assert.Equal($"{_folder["a"]} {refusal}; components of a composite disk are raw images", Assert.Throws<DiskFormatException>(() => Open(Specification(2, 4096, [Part("a", 0)]))).Message);
        using CompositeDisk disk = Open(Specification(2, 4096, [Part("a", 0, true)]));
        Assert.Equal(image, disk.Read(0, 4096));
    }

    [Fact]
    public void Mutated_specifications_never_do_more_than_be_refused()
    {
        AddFile("a", 4096);
        byte[] good = [.. CompositeSpecification.Magic, .. Specification(2, 8192, [Part("a", 0), Part("a", 4096, true)]).ToByteArray()];
        Random random = new(1);
        Stopwatch time = Stopwatch.StartNew();
        for (int step = 0; step < 100_000 && time.Elapsed < TimeSpan.FromSeconds(4); step++)
        {
            byte[] mutant = good[..(random.Next(4) == 0 ? random.Next(good.Length + 1) : good.Length)];
            for (int change = random.Next(1, 4); change > 0 && mutant.Length > 0; change--)
            {
                mutant[random.Next(mutant.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(_folder["disk"], mutant);
            try
            {
                using CompositeDisk disk = CompositeDisk.Open(ImageFolder.Open(_folder["disk"], writable: false), readOnly: false, lockFiles: true);
                byte[] bytes = new byte[512];
                _ = disk.TryRead(disk.Size - 512, bytes) + disk.TryWrite(0, bytes) + disk.Flush();
                _ = disk.Locate(0, disk.Size, forWrite: true);
            }
            catch (Exception e) when (e is DiskFormatException or LinuxException)
            {
            }
        }
    }

    [SkippableFact]
    public void A_disk_made_of_partitions_has_them_where_the_tools_look()
    {
        byte[] system = AddFile("system.img", 10_000), data = AddFile("data.img", 1 << 20);
        Guid id = Guid.NewGuid();
        new CompositeCreation(Guid.NewGuid(), [new("system_a", _folder["system.img"], false, Guid.NewGuid()), new("userdata", _folder["data.img"], true, id)]).Write(_folder["disk"]);
        using CompositeDisk disk = CompositeDisk.Open(ImageFolder.Open(_folder["disk"], writable: false), readOnly: false, lockFiles: true);
        byte[] content = disk.Read(0, (int)disk.Size);
        Assert.Equal(0, content.Length % 4096);
        GptTable table = GptReader.Read(content, (ulong)content.Length / 512);
        Assert.Equal([("system_a", 40UL, 63UL), ("userdata", 64UL, 2111UL)], table.Partitions.Select(p => (p.Name, p.FirstLba, p.LastLba)));
        Assert.Equal(id, table.Partitions[1].Id);
        Assert.Equal([.. system, .. new byte[12288 - 10_000]], content[(40 * 512)..(64 * 512)]);
        Assert.Equal(data, content[(64 * 512)..(2112 * 512)]);
        disk.Write(64 * 512, new byte[512]);
        Assert.Equal(Errno.EROFS, disk.TryWrite(63 * 512, new byte[512]));
        Assert.Equal(Errno.EROFS, disk.TryWrite(0, new byte[512]));

        File.WriteAllBytes(_folder["flat"], content);
        Tool.Filter([], "sgdisk", "--verify", _folder["flat"]);
        Assert.Contains("No problems found", System.Text.Encoding.ASCII.GetString(Tool.Filter([], "sgdisk", "--verify", _folder["flat"])), StringComparison.Ordinal);
        Tool.Filter([], "sfdisk", "--verify", _folder["flat"]);
    }

    public void Dispose() => _folder.Dispose();

    private static ComponentMessage Part(string path, ulong offset, bool writable = false, ulong fileOffset = 0) => new()
    {
        FilePath = path,
        Offset = offset,
        FileOffset = fileOffset,
        IsWritable = writable,
    };

    private static CompositeMessage Specification(ulong version, ulong length, ComponentMessage[] parts) =>
        new() { Version = version, Length = length, Components = [.. parts] };

    private static string Inherited(PosixFile file) =>
        string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{file.DangerousGetHandle()}");

    private byte[] AddFile(string name, int length)
    {
        byte[] content = DiskBytes.Pattern(name[0], length);
        File.WriteAllBytes(_folder[name], content);
        return content;
    }

    // .NET's own file access locks files too, so a test that looks at them goes without.
    private CompositeDisk Open(CompositeMessage message, bool readOnly = false, bool lockFiles = false)
    {
        File.WriteAllBytes(_folder["disk"], [.. CompositeSpecification.Magic, .. message.ToByteArray()]);
        return CompositeDisk.Open(ImageFolder.Open(_folder["disk"], writable: false), readOnly, lockFiles);
    }
}
