using Vmm.Firmware;
using Vmm.Outcome;

namespace Vmm.Tests.Firmware;

public sealed class DeviceSecretTests : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _folder = Directory.CreateTempSubdirectory("secret-").FullName;

    [Fact]
    public void A_secret_is_made_once_and_stays()
    {
        byte[] first;
        using (var made = DeviceSecret.OpenOrCreate("--secret", At("uds")))
        {
            first = made.Value.ToArray();
            Assert.Equal(32, first.Length);
            Assert.Contains(first, value => value != 0);
        }

        Assert.Equal(Private, File.GetUnixFileMode(At("uds")));
        Assert.Equal(first, File.ReadAllBytes(At("uds")));
        Assert.Equal([At("uds")], Directory.GetFileSystemEntries(_folder));
        using var read = DeviceSecret.OpenOrCreate("--secret", At("uds"));
        Assert.Equal(first, read.Value.ToArray());
        using var other = DeviceSecret.OpenOrCreate("--secret", At("other"));
        Assert.NotEqual(first, other.Value.ToArray());
    }

    [Fact]
    public void A_secret_that_is_disposed_is_zeros()
    {
        var secret = DeviceSecret.OpenOrCreate("--secret", At("uds"));
        secret.Dispose();
        Assert.Equal(new byte[32], secret.Value.ToArray());
        Assert.NotEqual(new byte[32], File.ReadAllBytes(At("uds")));
    }

    [Fact]
    public async Task All_that_make_a_secret_at_once_get_the_same()
    {
        using var start = new Barrier(4);
        byte[][] values = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait();
                using var secret = DeviceSecret.OpenOrCreate("--secret", At("uds"));
                return secret.Value.ToArray();
            },
            TaskCreationOptions.LongRunning)));
        Assert.DoesNotContain(values, value => !value.AsSpan().SequenceEqual(values[0]));
        Assert.Equal([At("uds")], Directory.GetFileSystemEntries(_folder));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void A_secret_that_is_open_to_others_is_refused(UnixFileMode more)
    {
        Write("uds", 32, Private | more);
        Assert.StartsWith($"--secret: {At("uds")} is open to others than its owner (mode ", Refusal("uds"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(33)]
    [InlineData(64)]
    public void A_secret_of_another_size_is_refused(int size)
    {
        Write("uds", size, Private);
        Assert.Equal($"--secret: {At("uds")} has {size} bytes; a device secret has 32", Refusal("uds"));
    }

    [Fact]
    public void What_is_no_file_with_content_is_refused_and_left_alone()
    {
        Write("empty", 0, Private);
        Assert.Equal($"--secret: {At("empty")} is empty", Refusal("empty"));
        Assert.Equal($"--secret: {_folder} is a directory, not a file", Refusal(""));
        Assert.Contains("cannot write", Refusal("none/uds"), StringComparison.Ordinal);
        Assert.Equal(0, new FileInfo(At("empty")).Length);
    }

    [Fact]
    public void A_link_that_leads_nowhere_is_not_replaced_by_a_secret()
    {
        File.CreateSymbolicLink(At("link"), At("gone"));
        Assert.NotEmpty(Refusal("link"));
        Assert.Equal(At("gone"), new FileInfo(At("link")).LinkTarget);
        Assert.False(File.Exists(At("gone")));
        Assert.Single(Directory.GetFileSystemEntries(_folder));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => name.Length == 0 ? _folder : Path.Combine(_folder, name);

    private void Write(string name, int size, UnixFileMode mode)
    {
        File.WriteAllBytes(At(name), new byte[size]);
        File.SetUnixFileMode(At(name), mode);
    }

    private string Refusal(string name) => Assert.Throws<VmmException>(() => DeviceSecret.OpenOrCreate("--secret", At(name))).Message;
}
