using System.Diagnostics;
using System.Runtime.CompilerServices;
using Kvm.Interop.Events;
using Kvm.Interop.Sockets;
using Virtio.Vsock;
using static Virtio.Vsock.VsockConstants;

namespace Virtio.Tests.Vsock;

/// <summary>Measures what the process holds, so nothing else may run beside it.</summary>
[CollectionDefinition(nameof(VsockManyTests), DisableParallelization = true)]
[Collection(nameof(VsockManyTests))]
public sealed class VsockManyTests : IDisposable
{
    private readonly VsockGuest _guest = new();

    public void Dispose() => _guest.Dispose();

    [Fact]
    public void A_thousand_connections_are_open_together_and_each_has_its_own_data()
    {
        using UnixSocket listener = UnixSocket.Listen(_guest.Path + "_50", UnixSocketType.Stream, 128);
        List<UnixSocket> programs = [];
        for (uint i = 0; i < 1000; i++)
        {
            _guest.Send(VIRTIO_VSOCK_OP_REQUEST, i, 50);
            _guest.Receive(VIRTIO_VSOCK_OP_RESPONSE);
            programs.Add(_guest.Accept(listener));
        }

        Assert.Equal(1000, _guest.Device.Counters.Connections);
        for (int i = 0; i < 1000; i++)
        {
            _guest.Send(VIRTIO_VSOCK_OP_RW, (uint)i, 50, BitConverter.GetBytes(i));
            programs[i].Send(BitConverter.GetBytes(-i));
        }

        for (int i = 0; i < 1000; i++)
        {
            Assert.Equal(i, BitConverter.ToInt32(VsockGuest.ReadAll(programs[i], 4)));
            VsockPacket packet = _guest.Receive(VIRTIO_VSOCK_OP_RW);
            Assert.Equal(-(int)packet.GuestPort, BitConverter.ToInt32(packet.Payload));
        }
    }

    [Fact]
    public void Later_connections_have_less_credit_so_that_the_sum_is_bounded()
    {
        using UnixSocket listener = UnixSocket.Listen(_guest.Path + "_50", UnixSocketType.Stream, 200);
        for (uint i = 0; i <= VsockBuffers.FullCreditCount; i++)
        {
            _guest.Send(VIRTIO_VSOCK_OP_REQUEST, i, 50);
            uint credit = _guest.Receive(VIRTIO_VSOCK_OP_RESPONSE).Header.BufferSize;
            Assert.Equal(i < VsockBuffers.FullCreditCount ? VsockBuffers.FullCredit : VsockBuffers.SmallCredit, credit);
        }

        _guest.Send(VIRTIO_VSOCK_OP_RST, 0, 50);
        _guest.Send(VIRTIO_VSOCK_OP_REQUEST, 0, 50);
        Assert.Equal(VsockBuffers.FullCredit, _guest.Receive(VIRTIO_VSOCK_OP_RESPONSE).Header.BufferSize);
    }

    [Fact]
    public void Beyond_the_most_connections_the_guest_is_refused_and_programs_wait()
    {
        using UnixSocket listener = UnixSocket.Listen(_guest.Path + "_50", UnixSocketType.Stream, 4096);
        List<UnixSocket> programs = [];
        for (uint i = 0; i < VsockMuxer.MaxConnections; i++)
        {
            _guest.Send(VIRTIO_VSOCK_OP_REQUEST, i, 50);
            _guest.Receive(VIRTIO_VSOCK_OP_RESPONSE);
            programs.Add(listener.TryAccept(out _)!);
        }

        _guest.Send(VIRTIO_VSOCK_OP_REQUEST, 5000, 50);
        Assert.Equal(5000u, _guest.Receive(VIRTIO_VSOCK_OP_RST).GuestPort);
        _guest.Connect("CONNECT 77\n");
        _guest.AssertNothingComes();
        programs.ForEach(static program => program.Dispose());
        for (int i = 0; i < programs.Count; i++)
        {
            _guest.Receive(VIRTIO_VSOCK_OP_SHUTDOWN);
        }

        _guest.Send(VIRTIO_VSOCK_OP_RST, 0, 50);
        Assert.Equal(77u, _guest.Receive(VIRTIO_VSOCK_OP_REQUEST).GuestPort);
    }

    [Fact]
    public void Ten_thousand_connections_one_after_another_leave_memory_and_descriptors_as_they_were()
    {
        Cycle(0, 1000);
        (int descriptors, long heap, long resident) = Use();
        Cycle(1000, 10_000);
        (int descriptorsAfter, long heapAfter, long residentAfter) = Use();
        Assert.Equal(0, _guest.Device.Counters.Connections);
        Assert.InRange(descriptorsAfter, 0, descriptors + 4);
        Assert.True(heapAfter - heap < 2 << 20, $"managed heap from {heap} to {heapAfter} bytes");
        Assert.True(residentAfter - resident < 32 << 20, $"resident from {resident} to {residentAfter} bytes");
    }

    [Theory]
    [InlineData(VIRTIO_VSOCK_TYPE_STREAM)]
    [InlineData(VIRTIO_VSOCK_TYPE_SEQPACKET)]
    public void Nothing_is_allocated_for_a_packet(ushort type)
    {
        UnixSocket program = _guest.OpenFromGuest(1, 50, type);
        byte[] data = new byte[10_000];
        byte[] room = new byte[10_000];
        void Round()
        {
            for (int i = 0; i < 50; i++)
            {
                _guest.Send(VIRTIO_VSOCK_OP_RW, 1, 50, data, type, VIRTIO_VSOCK_SEQ_EOM);
                VsockGuest.ReadAll(program, data.Length);
                program.Send(room);
                for (int received = 0; received < room.Length;)
                {
                    received += (int)_guest.Receive().Header.Length;
                }

                _guest.Send(VIRTIO_VSOCK_OP_CREDIT_UPDATE, 1, 50, type: type);
            }
        }

        Round();
        for (int attempt = 0; attempt < 200; attempt++)
        {
            (long before, int collections) = OnLoop();
            Round();
            (long after, int collectionsAfter) = OnLoop();
            // A collection takes the rest of the thread's allocation buffer away, which then counts as allocated.
            if (collections == collectionsAfter)
            {
                Assert.Equal(0, after - before);
                return;
            }
        }

        Assert.Fail("a collection fell into every attempt");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private (long Allocated, int Collections) OnLoop()
    {
        using ManualResetEventSlim done = new();
        (long, int) result = default;
        using LoopTask task = _guest.Loop.CreateTask(() =>
        {
            result = (GC.GetAllocatedBytesForCurrentThread(), GC.CollectionCount(0));
            done.Set();
        });
        task.Schedule();
        Assert.True(done.Wait(20_000));
        return result;
    }

    private void Cycle(uint first, int count)
    {
        using UnixSocket listener = UnixSocket.Listen(_guest.Path + "_50", UnixSocketType.Stream, 16);
        for (uint i = first; i < first + count; i++)
        {
            if (i % 2 == 0)
            {
                _guest.Send(VIRTIO_VSOCK_OP_REQUEST, i, 50);
                AfterShutdowns(VIRTIO_VSOCK_OP_RESPONSE);
                using UnixSocket program = listener.TryAccept(out _)!;
                _guest.Send(VIRTIO_VSOCK_OP_RW, i, 50, "x"u8);
                _guest.Send(VIRTIO_VSOCK_OP_SHUTDOWN, i, 50, flags: ShutdownBoth);
                _guest.Receive(VIRTIO_VSOCK_OP_RST);
            }
            else
            {
                using UnixSocket program = UnixSocket.TryConnect(_guest.Path, UnixSocketType.Stream, out _)!;
                program.Send("CONNECT 7\n"u8);
                uint port = AfterShutdowns(VIRTIO_VSOCK_OP_REQUEST).HostPort;
                _guest.Send(VIRTIO_VSOCK_OP_RESPONSE, 7, port);
                Assert.StartsWith("OK", VsockGuest.ReadLine(program), StringComparison.Ordinal);
                program.Dispose();
                _guest.Receive(VIRTIO_VSOCK_OP_SHUTDOWN);
                _guest.Send(VIRTIO_VSOCK_OP_RST, 7, port);
            }
        }

        listener.Dispose();
        File.Delete(_guest.Path + "_50");
    }

    // A program that closes its socket may be told of in two steps, first that it sends no more and then that it is gone.
    private VsockPacket AfterShutdowns(ushort operation)
    {
        VsockPacket packet = _guest.Receive();
        while (packet.Operation == VIRTIO_VSOCK_OP_SHUTDOWN)
        {
            packet = _guest.Receive();
        }

        Assert.Equal(operation, packet.Operation);
        return packet;
    }

    private static (int Descriptors, long Heap, long Resident) Use()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using var self = Process.GetCurrentProcess();
        return (Directory.GetFiles("/proc/self/fd").Length, GC.GetTotalMemory(true), self.WorkingSet64);
    }
}
