using BootLoader.InstanceImage.Making;
using Vmm.CommandLine.Image;
using Vmm.Outcome;

namespace Vmm.Tests.CommandLine.Image;

public sealed class CreateInstanceCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("instance-").FullName;

    private string Image => Path.Combine(_folder, "instance.img");

    [Theory]
    [InlineData(10 << 20)]
    [InlineData(4096, "--size", "1")]
    [InlineData(8192, "--size", "4097")]
    public void An_empty_image_of_whole_pages_is_made_for_its_owner(long size, params string[] options)
    {
        Assert.Equal(0, Invoke([Image, .. options]));
        byte[] content = File.ReadAllBytes(Image);
        Assert.Equal(size, content.Length);
        Assert.Equal(InstanceImageCreation.Header(), content[..512]);
        Assert.Equal(-1, content.AsSpan(512).IndexOfAnyExcept((byte)0));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Image));
        Assert.Equal([Image], Directory.GetFiles(_folder));
    }

    [Fact]
    public void An_image_that_is_there_is_only_replaced_when_that_is_asked_for()
    {
        File.WriteAllText(Image, "sealed");
        Assert.Equal(
            $"create-instance: {Image} exists; with --force it becomes a new instance, and what the VM of the old one has sealed is lost",
            Assert.Throws<VmmException>(() => Invoke(Image)).Message);
        Assert.Equal("sealed", File.ReadAllText(Image));
        Assert.Equal(0, Invoke(Image, "--force"));
        Assert.Equal(10 << 20, new FileInfo(Image).Length);
        Assert.Equal([Image], Directory.GetFiles(_folder));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("1M")]
    [InlineData("1099511627777")]
    [InlineData("18446744073709551616")]
    public void A_size_that_is_none_is_refused(string size)
    {
        Assert.Equal(
            $"--size: '{size}' is no size of an instance image: 1 to 1099511627776 bytes",
            Assert.Throws<InvalidOptionException>(() => Invoke(Image, $"--size={size}")).Message);
        Assert.False(File.Exists(Image));
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_refused_in_one_line()
    {
        string nowhere = Path.Combine(_folder, "none", "instance.img");
        Assert.Equal($"create-instance: cannot write {nowhere}: No such file or directory", Assert.Throws<VmmException>(() => Invoke(nowhere)).Message);
        Assert.Equal($"create-instance: {_folder} is a directory, not a file", Assert.Throws<VmmException>(() => Invoke(_folder, "--force")).Message);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static int Invoke(params string[] arguments) =>
        CreateInstanceCommand.Make().Parse(arguments).Invoke(new System.CommandLine.InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
