using System.Buffers.Binary;
using System.Collections.Immutable;
using Kvm.Interop.Events;
using Kvm.Interop.Terminals;
using Virtio.Queues;

namespace Virtio.Console;

/// <summary>A console with one port (virtio 1.3, section 5.3), as crosvm makes one for each <c>hardware=virtio-console</c>.</summary>
/// <remarks>
/// A back end that is full makes the guest's buffers wait in their queue, and a guest that gives no buffers makes input wait in the back end, so
/// nothing is lost and nothing grows. Output that cannot be read because the guest keeps its page private is dropped. Input members are for the
/// loop's thread.
/// </remarks>
public sealed class ConsoleDevice : LoopDevice
{
    private const ushort QueueSize = 256; // as crosvm
    private const int CopyBytes = 4096;

    // One turn of the loop: what is beyond it waits until other devices had theirs.
    private const int BuffersPerTurn = 128;
    private const int BytesPerTurn = 64 * 1024;

    private readonly IConsoleOutput? _output;
    private readonly bool _hasSize;
    private readonly byte[] _copy = new byte[CopyBytes];
    private readonly LoopTask _resumeOutput;
    private readonly LoopTask _showSize;
    private DescriptorChain? _sending;
    private uint _sent;
    private DescriptorChain? _receiving;
    private bool _inputWaits = true;
    private uint _size; // columns in the lower half, rows in the upper: read and written whole

    /// <param name="loop">Does the device's work.</param>
    /// <param name="name">The name for messages: "console hvc0".</param>
    /// <param name="output">Where output goes; null drops it.</param>
    /// <param name="hasSize">The console is on a terminal, whose size the guest is told.</param>
    public ConsoleDevice(EventLoop loop, string name, IConsoleOutput? output, bool hasSize = false)
        : base(loop)
    {
        Name = name;
        _output = output;
        _hasSize = hasSize;
        _resumeOutput = Loop.CreateTask(KickOutput);
        _showSize = Loop.CreateTask(() => Activation?.Signals.ConfigurationChanged());
        if (output is not null)
        {
            output.RoomAvailable = _resumeOutput.Schedule;
        }
    }

    /// <inheritdoc/>
    public override VirtioDeviceType DeviceType => VirtioDeviceType.Console;

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override ulong Features =>
        VirtioFeatures.IndirectDescriptors | VirtioFeatures.EventIndex | VirtioFeatures.PackedRing | (_hasSize ? ConsoleAbi.VIRTIO_CONSOLE_F_SIZE : 0);

    /// <inheritdoc/>
    public override ImmutableArray<ushort> QueueSizes { get; } = [QueueSize, QueueSize];

    /// <summary>Called on the loop's thread when there is room for input again after <see cref="InputRoom"/> returned 0.</summary>
    public Action? InputRoomAvailable { get; set; }

    /// <summary>How many bytes <see cref="Receive"/> will take now; after 0, <see cref="InputRoomAvailable"/> follows.</summary>
    public int InputRoom()
    {
        if (_receiving is null)
        {
            TakeInputBuffer();
        }

        _inputWaits = _receiving is null;
        return (int)Math.Min(_receiving?.WritableLength ?? 0, int.MaxValue);
    }

    /// <summary>Gives input to the guest.</summary>
    /// <returns>The number of bytes taken, from the front.</returns>
    public int Receive(ReadOnlySpan<byte> bytes)
    {
        if (_receiving is not { } chain || Queues[ConsoleAbi.ReceiveQueue] is not { } queue || bytes.IsEmpty)
        {
            return 0;
        }

        int count = (int)Math.Min((uint)bytes.Length, chain.WritableLength);
        bool written = chain.TryWrite(0, bytes[..count]);
        _receiving = null;
        queue.Push(chain, written ? (uint)count : 0);
        queue.Publish();
        return count;
    }

    /// <summary>Tells the guest the size of its console. From any thread; without an effect where the device has no size.</summary>
    public void Resize(TerminalSize size)
    {
        uint packed = size.Columns | ((uint)size.Rows << 16);
        if (Interlocked.Exchange(ref _size, packed) != packed)
        {
            _showSize.Schedule();
        }
    }

    /// <inheritdoc/>
    public override void ReadConfiguration(int offset, Span<byte> data)
    {
        data.Clear();
        Span<byte> configuration = stackalloc byte[ConsoleAbi.ConfigurationSize];
        configuration.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(configuration, _hasSize ? Volatile.Read(ref _size) : 0);
        BinaryPrimitives.WriteUInt32LittleEndian(configuration[4..], 1);
        if (offset >= 0 && offset < configuration.Length)
        {
            configuration = configuration[offset..];
            configuration[..Math.Min(configuration.Length, data.Length)].CopyTo(data);
        }
    }

    /// <inheritdoc/>
    protected override void OnActivated()
    {
        _inputWaits = true;
        if (_hasSize)
        {
            // Linux takes the size from a change of configuration only, not at its start.
            _showSize.Schedule();
        }
    }

    /// <inheritdoc/>
    protected override bool OnNotified(Virtqueue queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        if (queue.Index == ConsoleAbi.TransmitQueue)
        {
            bool more = Send(queue);
            queue.Publish();
            return more;
        }

        if (_inputWaits)
        {
            _inputWaits = false;
            InputRoomAvailable?.Invoke();
        }

        return false;
    }

    /// <inheritdoc/>
    protected override void OnReset()
    {
        // What the guest sent before is output too, and at the end of the machine nobody asks again.
        if (Queues[ConsoleAbi.TransmitQueue] is { } queue)
        {
            Send(queue);
        }

        _sending = null;
        _sent = 0;
        _receiving = null;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _resumeOutput.Dispose();
        _showSize.Dispose();
        if (_output is not null)
        {
            _output.RoomAvailable = null;
        }

        base.Dispose(disposing);
    }

    private void TakeInputBuffer()
    {
        if (Queues is not [{ } queue, ..])
        {
            return;
        }

        for (int i = 0; i < BuffersPerTurn; i++)
        {
            if (!queue.TryPop(out DescriptorChain? chain))
            {
                if (!queue.EnableNotifications())
                {
                    return;
                }
            }
            else if (chain.WritableLength > 0)
            {
                queue.DisableNotifications();
                _receiving = chain;
                return;
            }
            else
            {
                queue.Push(chain, 0);
                queue.Publish();
            }
        }

        // A guest that keeps giving buffers without room gets another turn, after the other devices.
        Activation?.Queues[ConsoleAbi.ReceiveQueue]?.Kick.Signal();
    }

    /// <summary>Moves output from the queue to the back end.</summary>
    /// <returns>Whether there is more for another turn; false where the back end is full or the queue empty.</returns>
    private bool Send(Virtqueue queue)
    {
        int bytes = BytesPerTurn;
        for (int i = 0; i < BuffersPerTurn && bytes > 0; i++)
        {
            if (_sending is null && !queue.TryPop(out _sending))
            {
                if (!queue.EnableNotifications())
                {
                    return false;
                }

                continue;
            }

            switch (Send(_sending, ref bytes))
            {
                case Progress.Full:
                    return false;
                case Progress.Done:
                    queue.Push(_sending, 0);
                    _sending = null;
                    _sent = 0;
                    break;
                default:
                    return true;
            }
        }

        return true;
    }

    private Progress Send(DescriptorChain chain, ref int budget)
    {
        while (_output is not null && _sent < chain.ReadableLength)
        {
            if (budget <= 0)
            {
                return Progress.OutOfTurn;
            }

            Span<byte> bytes = _copy.AsSpan(0, (int)Math.Min((uint)_copy.Length, chain.ReadableLength - _sent));
            if (!chain.TryRead(_sent, bytes))
            {
                return Progress.Done;
            }

            int taken = _output.Write(bytes);
            _sent += (uint)taken;
            budget -= taken;
            if (taken < bytes.Length)
            {
                return Progress.Full;
            }
        }

        return Progress.Done;
    }

    private void KickOutput() => Activation?.Queues[ConsoleAbi.TransmitQueue]?.Kick.Signal();

    private enum Progress
    {
        Done,
        Full,
        OutOfTurn,
    }
}
