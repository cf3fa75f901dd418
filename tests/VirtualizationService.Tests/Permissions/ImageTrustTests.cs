using Kvm.Interop.Files;
using VirtualizationService.Permissions;

namespace VirtualizationService.Tests.Permissions;

public sealed class ImageTrustTests : IDisposable
{
    private const UnixFileMode Usual = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly TemporaryDirectory _directory = new();
    private readonly Caller _caller = Caller.ThisProcess;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void An_image_of_the_callers_own_is_taken() => Check(new ImageTrust(_caller, []), Usual);

    [Fact]
    public void An_image_that_everybody_may_write_is_refused()
    {
        RefusedException refusal = Refused(new ImageTrust(_caller, []), Usual | UnixFileMode.OtherWrite);

        Assert.Equal(Refusal.Security, refusal.Refusal);
        Assert.Contains($"partition super: {_directory["image"]} may be written by everybody", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_that_a_group_may_write_is_taken_only_where_the_group_is_the_callers_own()
    {
        Check(new ImageTrust(_caller, []), Usual | UnixFileMode.GroupWrite);
        if (_caller.Group != 0)
        {
            Refused(new ImageTrust(_caller with { Group = 4711 }, []), Usual | UnixFileMode.GroupWrite);
        }
    }

    [SkippableFact]
    public void An_image_of_another_user_is_refused_and_one_of_roots_is_taken()
    {
        Skip.If(!_caller.IsRoot, "only root can give a file to another user");
        File.WriteAllText(_directory["image"], "x");
        FileOwner.Change(_directory["image"], 65534, 65534);
        using PosixFile file = PosixFile.Open(_directory["image"], OpenFlags.O_RDONLY);
        ImageTrust plain = new(new Caller(4711, 4711, [4711]), []);

        RefusedException refusal = Assert.Throws<RefusedException>(() => plain.Check(file, "kernel"));
        FileOwner.Change(_directory["image"], 0, 0);
        plain.Check(file, "kernel");

        Assert.Contains("belongs to another user", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_outside_of_the_policys_directories_is_refused()
    {
        Check(new ImageTrust(_caller, ["/nowhere", _directory.Path]), Usual);
        Check(new ImageTrust(_caller, [_directory.Path + "/"]), Usual);
        RefusedException refusal = Refused(new ImageTrust(_caller, ["/nowhere", _directory["ima"]]), Usual);

        Assert.Contains("does not lie in /nowhere or", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_a_name_is_the_callers_whatever_its_mode_and_the_policys_directories()
    {
        using MemFd file = MemFd.Create("image", 4096);

        new ImageTrust(_caller, ["/nowhere"]).Check(file, "partition x");
    }

    [Fact]
    public void A_pipe_or_a_directory_is_no_image()
    {
        using Pipe pipe = Pipe.Create("pipe");
        using PosixFile directory = PosixFile.Open(_directory.Path, OpenFlags.O_RDONLY);

        Assert.Equal(Refusal.Argument, Assert.Throws<RefusedException>(() => new ImageTrust(_caller, []).Check(pipe.Reader, "kernel")).Refusal);
        Assert.Equal(Refusal.Argument, Assert.Throws<RefusedException>(() => new ImageTrust(_caller, []).Check(directory, "kernel")).Refusal);
    }

    private void Check(ImageTrust trust, UnixFileMode mode)
    {
        File.WriteAllText(_directory["image"], "x");
        File.SetUnixFileMode(_directory["image"], mode);
        using PosixFile file = PosixFile.Open(_directory["image"], OpenFlags.O_RDONLY);
        trust.Check(file, "partition super");
    }

    private RefusedException Refused(ImageTrust trust, UnixFileMode mode) => Assert.Throws<RefusedException>(() => Check(trust, mode));
}
