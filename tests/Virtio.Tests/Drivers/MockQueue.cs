using System.Diagnostics;
using Kvm.Interop.Events;
using Kvm.Interop.Memory;

namespace Virtio.Tests.Drivers;

/// <summary>The driver's side of one queue.</summary>
internal abstract class MockQueue : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private protected MockQueue(MockDriver driver, int index, ushort size)
    {
        Driver = driver;
        Index = index;
        Size = size;
        Kicker = new EventFd($"kick of queue {index}");
    }

    internal int Index { get; }

    internal ushort Size { get; }

    internal EventFd Kicker { get; }

    internal MockInterrupt Interrupt { get; } = new();

    internal abstract QueueSetup Setup { get; }

    private protected MockDriver Driver { get; }

    private protected GuestMemory Memory => Driver.Memory;

    public void Dispose()
    {
        Kicker.Dispose();
        Interrupt.Dispose();
    }

    /// <summary>Makes a chain available, without a notification.</summary>
    /// <returns>Its head index or buffer ID.</returns>
    internal abstract ushort Add(params ReadOnlySpan<MockBuffer> buffers);

    /// <summary>The same through an indirect table.</summary>
    internal abstract ushort AddIndirect(params ReadOnlySpan<MockBuffer> buffers);

    /// <summary>Takes the next used buffer.</summary>
    internal abstract bool TryTake(out UsedBuffer used);

    /// <summary>Whether the device asked to be told of what was added since the last call.</summary>
    internal abstract bool WantsKick();

    /// <summary>Asks for an interrupt at the next used buffer; used with VIRTIO_F_EVENT_IDX or without.</summary>
    internal abstract void AskForInterrupt();

    /// <summary>Asks for no interrupt.</summary>
    internal abstract void DeclineInterrupts();

    /// <summary>Notifies the device, whether it asked for it or not.</summary>
    internal void Kick() => Kicker.Signal();

    /// <summary>Waits for the next used buffer.</summary>
    internal UsedBuffer Take()
    {
        long start = Stopwatch.GetTimestamp();
        UsedBuffer used;
        while (!TryTake(out used))
        {
            if (Stopwatch.GetElapsedTime(start) > s_patience)
            {
                string faults = string.Join("; ", Driver.Signals.Faults);
                throw new TimeoutException($"queue {Index}: nothing was used within {s_patience}; faults: {faults}");
            }

            Thread.Sleep(Stopwatch.GetElapsedTime(start).TotalMilliseconds < 5 ? 0 : 1);
        }

        return used;
    }

    /// <summary>Sends bytes, gives room for an answer, and waits for it.</summary>
    /// <returns>What the device says it wrote.</returns>
    internal byte[] Request(ReadOnlySpan<byte> request, int room = 0)
    {
        List<MockBuffer> buffers = [];
        if (request.Length > 0)
        {
            GuestAddress place = Driver.Allocate(request.Length);
            Memory.Write(place, request);
            buffers.Add(new MockBuffer(place, (uint)request.Length));
        }

        GuestAddress answer = Driver.Allocate(Math.Max(room, 1));
        if (room > 0)
        {
            buffers.Add(new MockBuffer(answer, (uint)room, Writable: true));
        }

        ushort id = Add([.. buffers]);
        Kick();
        UsedBuffer used = Take();
        Assert.Equal(id, used.Id);
        Assert.InRange(used.Written, 0u, (uint)room);
        return Memory.GetSpan(answer, (int)used.Written).ToArray();
    }

    /// <summary>Waits for an interrupt.</summary>
    internal bool WaitForInterrupt(TimeSpan patience)
    {
        long start = Stopwatch.GetTimestamp();
        while (!Interrupt.Trigger.TryConsume())
        {
            if (Stopwatch.GetElapsedTime(start) > patience)
            {
                return false;
            }

            Thread.Sleep(1);
        }

        return true;
    }
}
