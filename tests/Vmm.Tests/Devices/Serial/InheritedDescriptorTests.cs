using System.Net.Sockets;
using Kvm.Interop.Events;
using Vmm.Devices.Serial;

namespace Vmm.Tests.Devices.Serial;

public sealed class InheritedDescriptorTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("inherited").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Ports_share_a_descriptor_that_cannot_be_opened_anew_and_leave_it_as_it_was()
    {
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(_directory, "socket")));
        listener.Listen(1);
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(listener.LocalEndPoint!);
        // fdinfo: the flags in octal, of which O_NONBLOCK is 04000.
        bool Blocks() => (Convert.ToInt32(File.ReadAllLines($"/proc/self/fdinfo/{socket.Handle}")[1].Split('\t')[1], 8) & 0x800) == 0;
        using EventLoop loop = new("test", static _ => { });
        loop.Start();
        Assert.True(Blocks());

        FileBackEnd first = new(loop, $"/proc/self/fd/{socket.Handle}", null, static _ => { });
        FileBackEnd second = new(loop, $"/proc/self/fd/{socket.Handle}", null, static _ => { });

        Assert.False(Blocks());
        first.Dispose();
        Assert.False(Blocks());
        second.Dispose();
        Assert.True(Blocks());
    }
}
