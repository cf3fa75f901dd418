using Kvm.Interop.Events;
using Kvm.Interop.Files;
using Kvm.Interop.Sockets;

namespace Kvm.Interop.Tests.Sockets;

public class SeqPacketSocketTests
{
    [Fact]
    public void Messages_keep_their_boundaries()
    {
        (SeqPacketSocket first, SeqPacketSocket second) = SeqPacketSocket.CreatePair();
        using (first)
        using (second)
        {
            first.Send("one"u8);
            first.Send("three"u8);
            byte[] buffer = new byte[64];

            Assert.Equal(3, second.Receive(buffer).Length);
            Assert.Equal(5, second.Receive(buffer).Length);
            Assert.Equal("three"u8.ToArray(), buffer[..5]);
        }
    }

    [Fact]
    public void A_descriptor_that_is_sent_is_the_same_open_file_at_the_receiver()
    {
        (SeqPacketSocket first, SeqPacketSocket second) = SeqPacketSocket.CreatePair();
        using EventFd eventFd = new();
        using MemFd memory = MemFd.Create("sent", 0x1000);
        using (first)
        using (second)
        {
            first.Send("fds"u8, eventFd, memory);
            using ReceivedMessage message = second.Receive(new byte[16]);

            Assert.Equal(2, message.Descriptors.Length);
            message.Descriptors[0].WriteAll(BitConverter.GetBytes(5UL));
            Assert.True(eventFd.TryConsume(out ulong count));
            Assert.Equal(5UL, count);
            Assert.NotEqual(eventFd.DangerousGetHandle(), message.Descriptors[0].DangerousGetHandle());
        }
    }

    [Fact]
    public void As_many_descriptors_as_the_limit_go_through()
    {
        (SeqPacketSocket first, SeqPacketSocket second) = SeqPacketSocket.CreatePair();
        using EventFd eventFd = new();
        using (first)
        using (second)
        {
            first.Send("fds"u8, [.. Enumerable.Repeat(eventFd, SeqPacketSocket.MaxDescriptors)]);
            using ReceivedMessage message = second.Receive(new byte[16]);

            Assert.Equal(SeqPacketSocket.MaxDescriptors, message.Descriptors.Length);
            Assert.Throws<ArgumentOutOfRangeException>(
                () => first.Send("fds"u8, [.. Enumerable.Repeat(eventFd, SeqPacketSocket.MaxDescriptors + 1)]));
        }
    }

    [Fact]
    public void A_message_longer_than_the_buffer_is_an_error_and_its_descriptors_are_closed()
    {
        (SeqPacketSocket first, SeqPacketSocket second) = SeqPacketSocket.CreatePair();
        (SeqPacketSocket kept, SeqPacketSocket sent) = SeqPacketSocket.CreatePair();
        using (first)
        using (second)
        using (kept)
        {
            first.Send(new byte[100], sent);
            sent.Dispose();
            Assert.False(kept.WaitReadable(0));

            Assert.Equal(Errno.EMSGSIZE, Assert.Throws<LinuxException>(() => second.Receive(new byte[10])).Errno);
            Assert.True(kept.WaitReadable(0), "the copy that came with the message is still open");
        }
    }

    [Fact]
    public void A_closed_peer_is_an_empty_message_for_the_receiver_and_EPIPE_for_the_sender()
    {
        (SeqPacketSocket first, SeqPacketSocket second) = SeqPacketSocket.CreatePair();
        using (first)
        {
            second.Dispose();

            Assert.Equal(0, first.Receive(new byte[10]).Length);
            Assert.Equal(Errno.EPIPE, Assert.Throws<LinuxException>(() => first.Send("x"u8)).Errno);
        }
    }

    [Fact]
    public void A_non_blocking_socket_says_that_there_is_nothing()
    {
        (SeqPacketSocket first, SeqPacketSocket second) = SeqPacketSocket.CreatePair();
        using (first)
        using (second)
        {
            first.SetNonBlocking(true);

            Assert.Equal(FileDescriptor.WouldBlock, first.Receive(new byte[10]).Length);
        }
    }

    [Fact]
    public void A_client_connects_by_path_and_talks_both_ways()
    {
        string path = Path.Combine(Path.GetTempPath(), $"seqpacket-{Guid.NewGuid():N}");
        try
        {
            using SeqPacketSocket listener = SeqPacketSocket.Listen(path);
            using SeqPacketSocket client = SeqPacketSocket.Connect(path);
            using SeqPacketSocket server = listener.Accept()!;
            byte[] buffer = new byte[16];
            client.Send("ping"u8);
            Assert.Equal(4, server.Receive(buffer).Length);
            server.Send("pong!"u8);
            Assert.Equal(5, client.Receive(buffer).Length);

            Assert.Equal(Errno.EADDRINUSE, Assert.Throws<LinuxException>(() => SeqPacketSocket.Listen(path)).Errno);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_path_that_no_socket_address_holds_is_refused_with_its_length() =>
        Assert.Contains(
            "has 108 bytes; 1 to 107 are possible",
            Assert.Throws<ArgumentException>(() => SeqPacketSocket.Listen(new string('x', 108))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Sending_without_descriptors_allocates_nothing()
    {
        (SeqPacketSocket first, SeqPacketSocket second) = SeqPacketSocket.CreatePair();
        using (first)
        using (second)
        {
            byte[] buffer = new byte[16];
            Assert.Equal(0, Allocations.OfThousand(() =>
            {
                first.Send("ping"u8);
                second.Read(buffer);
            }));
        }
    }
}
