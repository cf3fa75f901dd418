using Kvm.Interop.Files;
using Virtio.Block;

namespace Virtio.Tests.Block;

public sealed class DiskFileTests : IDisposable
{
    private readonly string _path = Path.Combine(AppContext.BaseDirectory, $"disk-{Path.GetRandomFileName()}");
    private readonly List<string> _warnings = [];

    public DiskFileTests() => File.WriteAllBytes(_path, new byte[4096]);

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void A_second_writer_is_refused_by_name_and_readers_share()
    {
        using (IDisk first = Open(new DiskOpenOptions()))
        {
            Assert.StartsWith($"{_path} is in use by another program", Refusal(new DiskOpenOptions()), StringComparison.Ordinal);
            Assert.StartsWith($"{_path} is in use by another program", Refusal(new DiskOpenOptions(ReadOnly: true)), StringComparison.Ordinal);
            using IDisk unlocked = Open(new DiskOpenOptions(Lock: false));
        }

        using IDisk reader = Open(new DiskOpenOptions(ReadOnly: true));
        using IDisk another = Open(new DiskOpenOptions(ReadOnly: true));
    }

    [Fact]
    public void What_is_no_disk_is_refused_by_what_it_is()
    {
        Assert.Equal("/dev/zero is neither a regular file nor a block device", Refusal("/dev/zero"));
        Assert.StartsWith("cannot open /nonexistent/disk: No such file", Refusal("/nonexistent/disk"), StringComparison.Ordinal);
        Assert.StartsWith("cannot open /: Is a directory", Refusal("/"), StringComparison.Ordinal);
        Assert.StartsWith("cannot open /proc/self/fd/987", Refusal("/proc/self/fd/987"), StringComparison.Ordinal);
        File.WriteAllBytes(_path, new byte[511]);
        Assert.Equal($"{_path} has 511 bytes; a disk has at least one sector of 512", Refusal(_path));
    }

    [Fact]
    public void An_inherited_descriptor_is_used_as_it_is()
    {
        using PosixFile writable = PosixFile.Open(_path, OpenFlags.O_RDWR);
        using PosixFile readable = PosixFile.Open(_path, OpenFlags.O_RDONLY);

        using (IDisk disk = DiskFile.Open($"/proc/self/fd/{writable.DangerousGetHandle()}", DiskType.Raw, new DiskOpenOptions(), _warnings.Add))
        {
            Assert.Equal(4096ul, disk.Size);
        }

        Assert.Contains("add ro", Refusal($"/proc/self/fd/{readable.DangerousGetHandle()}"), StringComparison.Ordinal);
        Assert.Equal(4096, writable.Length);
    }

    [Theory]
    [InlineData("qcow2", new byte[] { (byte)'Q', (byte)'F', (byte)'I', 0xfb })]
    [InlineData("sparse", new byte[] { 0x3a, 0xff, 0x26, 0xed })]
    [InlineData("composite", new byte[] { 99, 111, 109, 112, 111, 115, 105, 116, 101, 95, 100, 105, 115, 107, 0x1d })]
    public void A_raw_disk_with_the_magic_of_a_format_stays_raw_and_is_warned_of(string format, byte[] magic)
    {
        byte[] content = new byte[4096];
        magic.CopyTo(content, 0);
        File.WriteAllBytes(_path, content);

        using IDisk disk = Open(new DiskOpenOptions());

        Assert.IsType<RawDisk>(disk);
        Assert.Equal([$"{_path} is used as a raw disk but begins like another format; if that is what it is, say type={format}"], _warnings);
    }

    [Fact]
    public void Bytes_behind_the_last_sector_are_warned_of()
    {
        File.WriteAllBytes(_path, new byte[1000]);

        using IDisk disk = Open(new DiskOpenOptions());

        Assert.Equal(512ul, disk.Size);
        Assert.Equal([$"{_path} has 1000 bytes; the last 488 fill no sector of 512 and are not on the disk"], _warnings);
    }

    private IDisk Open(DiskOpenOptions options) => DiskFile.Open(_path, DiskType.Raw, options, _warnings.Add);

    private string Refusal(DiskOpenOptions options) => Assert.Throws<DiskException>(() => Open(options)).Message;

    private string Refusal(string path) => Assert.Throws<DiskException>(() => DiskFile.Open(path, DiskType.Raw, new DiskOpenOptions(), _warnings.Add)).Message;
}
