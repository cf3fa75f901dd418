using Kvm.Interop.Files;
using Kvm.Interop.Sockets;

namespace Kvm.Interop.Tests.Sockets;

public class UnixSocketTests
{
    [Fact]
    public void Nothing_blocks_and_a_full_stream_takes_a_part()
    {
        (UnixSocket first, UnixSocket second) = UnixSocket.CreatePair(UnixSocketType.Stream);
        using (first)
        using (second)
        {
            Assert.Equal(-Errno.EAGAIN, second.Receive(new byte[8]));
            int sent = first.Send(new byte[4 << 20]);
            Assert.InRange(sent, 1, (4 << 20) - 1);
            Assert.Equal(-Errno.EAGAIN, first.Send(new byte[1]));
        }
    }

    [Fact]
    public void A_peer_that_is_gone_is_an_error_number_and_no_signal()
    {
        (UnixSocket first, UnixSocket second) = UnixSocket.CreatePair(UnixSocketType.Stream);
        using (first)
        {
            second.Dispose();
            Assert.Equal(-Errno.EPIPE, first.Send(new byte[1]));
            Assert.Equal(0, first.Receive(new byte[1]));
        }
    }

    [Fact]
    public void A_message_can_be_looked_at_in_parts_and_taken_away()
    {
        (UnixSocket first, UnixSocket second) = UnixSocket.CreatePair(UnixSocketType.SeqPacket);
        using (first)
        using (second)
        {
            second.PeekInParts();
            for (int round = 0; round < 2; round++)
            {
                Assert.Equal(5, first.Send([1, 2, 3, 4, 5]));
                Assert.Equal(1, first.Send([9]));
                byte[] part = new byte[3];
                Assert.Equal((3, 2), Part(second, part));
                Assert.Equal([1, 2, 3], part);
                Assert.Equal((2, 0), Part(second, part));
                Assert.Equal([4, 5, 3], part);
                Assert.Equal(0, second.Receive(default(Span<byte>)));
                Assert.Equal((1, 0), Part(second, part));
                Assert.Equal(9, part[0]);
                Assert.Equal(1, second.Receive(part));
            }
        }
    }

    [Fact]
    public void A_listener_gives_its_clients_and_names_why_there_is_none()
    {
        string path = Path.Combine(Path.GetTempPath(), $"vmm-{Guid.NewGuid():N}.sock");
        try
        {
            Assert.Null(UnixSocket.TryConnect(path, UnixSocketType.Stream, out int errno));
            Assert.Equal(Errno.ENOENT, errno);
            using UnixSocket listener = UnixSocket.Listen(path, UnixSocketType.Stream, backlog: 0);
            Assert.Null(listener.TryAccept(out errno));
            Assert.Equal(Errno.EAGAIN, errno);
            Assert.Null(UnixSocket.TryConnect(path, UnixSocketType.SeqPacket, out errno));
            Assert.Equal(Errno.EPROTOTYPE, errno);
            using UnixSocket client = UnixSocket.TryConnect(path, UnixSocketType.Stream, out errno)!;
            Assert.Equal(0, errno);
            Assert.Null(UnixSocket.TryConnect(path, UnixSocketType.Stream, out errno));
            Assert.Equal(Errno.EAGAIN, errno);
            using UnixSocket server = listener.TryAccept(out errno)!;
            Assert.Equal(3, client.Send([1, 2, 3]));
            byte[] bytes = new byte[8];
            Assert.Equal(3, server.Peek(bytes));
            Assert.Equal(3, server.Receive(bytes));
            client.ShutDownSending();
            Assert.Equal(0, server.Receive(bytes));
            Assert.Equal(1, server.Send([7]));
            Assert.Equal(1, client.Receive(bytes));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_path_too_long_for_an_address_is_refused_with_its_length()
    {
        string path = new('x', 108);
        Assert.Contains("has 108 bytes; 1 to 107", Assert.Throws<ArgumentException>(() => UnixSocket.Listen(path, UnixSocketType.Stream, 1)).Message, StringComparison.Ordinal);
    }

    private static unsafe (int Copied, int Remaining) Part(UnixSocket socket, byte[] room)
    {
        fixed (byte* bytes = room)
        {
            int copied = socket.PeekPart([new IoVector(bytes, (nuint)room.Length)], out int remaining);
            return (copied, remaining);
        }
    }
}
