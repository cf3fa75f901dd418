using Vmm.Control;
using Vmm.Outcome;
using Vmm.Tests.CommandLine;

namespace Vmm.Tests.Control;

public sealed class DiskRequestTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("vmm-test-").FullName;
    private readonly FakeVm _vm = new();
    private readonly ControlServer _server;

    public DiskRequestTests()
    {
        _server = ControlServer.Listen(SocketPath);
        _server.Start(_vm);
    }

    private string SocketPath => Path.Combine(_directory, "vm.sock");

    public void Dispose()
    {
        _server.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void A_disk_is_resized_by_its_number()
    {
        Assert.Equal(0, new CommandLineUnderTest().Invoke("disk", "resize", "1", "0x40000000", SocketPath));

        Assert.Equal(["disk 1 has 1073741824 bytes"], _vm.Calls);
    }

    [Fact]
    public void Why_a_disk_cannot_be_resized_is_told_in_one_line()
    {
        _vm.Failure = new VmmException("disk 1 (a.img) is only read");

        var refusal = Assert.Throws<VmmException>(() => new CommandLineUnderTest().Invoke("disk", "resize", "1", "512", SocketPath));

        Assert.Equal($"disk_resize: the VM at {SocketPath} answers: disk 1 (a.img) is only read", refusal.Message);
    }

    [Fact]
    public void A_request_without_its_numbers_changes_nothing()
    {
        using var client = ControlClient.Connect(SocketPath);

        var answer = client.Send(new ControlRequest { Request = ControlRequest.ResizeDisk, Disk = 0 }, TimeSpan.FromSeconds(20));

        Assert.False(answer.Ok);
        Assert.Empty(_vm.Calls);
    }
}
