using Kvm.Interop.Events;
using Kvm.Interop.Files;
using Kvm.Interop.Sockets;

namespace Kvm.Interop.Tests.Sockets;

public class StreamConnectionTests
{
    [Fact]
    public void A_client_of_a_listener_is_known_and_gets_what_was_sent_in_pieces()
    {
        string path = Path.Combine(Path.GetTempPath(), $"vmm-{Guid.NewGuid():N}.sock");
        try
        {
            using StreamListener listener = StreamListener.ListenUnix(path, 1);
            Assert.Null(listener.VsockPort);
            Assert.Null(listener.TryAccept(out int errno));
            Assert.Equal(Errno.EAGAIN, errno);
            using StreamConnection client = StreamConnection.ConnectUnix(path);
            using StreamConnection server = listener.TryAccept(out _)!;
            Assert.Equal(Environment.ProcessId, server.PeerCredentials()?.Pid);
            Assert.Null(server.PeerCid());
            Assert.Equal(3, client.Send([1, 2, 3], [], wait: true));
            byte[] bytes = new byte[8];
            Assert.Equal(3, server.Receive(bytes, null, wait: true));
            Assert.Equal([1, 2, 3], bytes[..3]);
            Assert.Equal(-Errno.EAGAIN, server.Receive(bytes, null, wait: false));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task Shutting_down_wakes_a_thread_that_waits()
    {
        (StreamConnection first, StreamConnection second) = StreamConnection.CreatePair();
        using (first)
        using (second)
        {
            Task<int> waiting = Task.Run(() => first.Receive(new byte[1], null, wait: true));
            Thread.Sleep(20);
            first.ShutDown();
            Assert.Equal(0, await waiting.WaitAsync(TimeSpan.FromSeconds(10)));
            Assert.Equal(-Errno.EPIPE, second.Send([1], [], wait: true));
        }
    }

    [Fact]
    public void As_many_descriptors_as_the_kernel_passes_come_with_the_first_byte()
    {
        (StreamConnection first, StreamConnection second) = StreamConnection.CreatePair();
        using (first)
        using (second)
        using (EventFd descriptor = new())
        {
            FileDescriptor[] many = [.. Enumerable.Repeat(descriptor, StreamConnection.MaxDescriptors)];
            Assert.Equal(2, first.Send([1, 2], many, wait: true));
            List<FileDescriptor> received = [];
            Assert.Equal(1, second.Receive(new byte[1], received, wait: true));
            Assert.Equal(StreamConnection.MaxDescriptors, received.Count);
            received.ForEach(one => one.Dispose());
            Assert.Throws<ArgumentOutOfRangeException>(() => first.Send([1], [.. many, descriptor], wait: true));
        }
    }

    [Fact]
    public void A_listener_that_accepts_nobody_is_given_up()
    {
        string path = Path.Combine(Path.GetTempPath(), $"vmm-{Guid.NewGuid():N}.sock");
        using StreamListener listener = StreamListener.ListenUnix(path, 0);
        using StreamConnection first = StreamConnection.ConnectUnix(path);
        Assert.Throws<TimeoutException>(() => StreamConnection.ConnectUnix(path, TimeSpan.FromMilliseconds(30)));
        File.Delete(path);
    }

    [SkippableFact]
    public void A_port_of_vsock_is_given_and_this_machine_knows_its_address()
    {
        StreamListener listener;
        try
        {
            listener = StreamListener.ListenVsock(new VsockAddress(VsockAddress.AnyCid, VsockAddress.AnyPort), 1);
        }
        catch (LinuxException e)
        {
            throw new SkipException($"no AF_VSOCK: {e.Message}");
        }

        using (listener)
        {
            Assert.NotEqual(VsockAddress.AnyPort, listener.VsockPort);
            Assert.Equal(Errno.EADDRINUSE, Assert.Throws<LinuxException>(() => StreamListener.ListenVsock(new VsockAddress(VsockAddress.AnyCid, listener.VsockPort!.Value), 1)).Errno);
        }

        Skip.IfNot(File.Exists("/dev/vsock"), "no /dev/vsock");
        Assert.InRange(VsockAddress.LocalCid(), 1u, uint.MaxValue);
    }
}
