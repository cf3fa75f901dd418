using System.Buffers.Binary;
using System.Collections.Concurrent;
using Kvm.Interop;
using Kvm.Interop.Files;
using Kvm.Interop.Memory;
using Kvm.Interop.Sockets;

namespace Virtio.Tests.VhostUser;

/// <summary>A vhost-user back end in the test's process, with the protocol written down a second time. Its answers can be bent.</summary>
internal sealed class TestBackEnd : IDisposable
{
    internal const ulong Version1 = 1UL << 32;
    internal const ulong ProtocolBit = 1UL << 30;

    private static readonly TimeSpan s_ever = TimeSpan.FromSeconds(60);

    private readonly StreamSocket _socket;
    private readonly Thread _thread;
    private volatile bool _stop;

    private TestBackEnd(StreamSocket socket)
    {
        _socket = socket;
        _thread = new Thread(Run) { IsBackground = true, Name = "back end" };
    }

    internal ulong Features { get; private set; } = Version1 | ProtocolBit | (1UL << 28) | (1UL << 29);

    /// <summary>MQ, REPLY_ACK, BACKEND_REQ, CONFIG, RESET_DEVICE, STATUS.</summary>
    internal ulong ProtocolFeatures { get; private set; } = (1 << 0) | (1 << 3) | (1 << 5) | (1 << 9) | (1 << 13) | (1 << 16);

    internal ulong QueueCount { get; } = 8;

    internal byte[] Configuration { get; private set; } = new byte[60];

    /// <summary>Called with a request before it is answered; what it returns, if anything, is sent instead of the answer.</summary>
    internal Func<uint, byte[]?> Bend { get; private set; } = _ => null;

    /// <summary>Requests in order, by number.</summary>
    internal ConcurrentQueue<uint> Requests { get; } = new();

    internal ulong AcceptedFeatures { get; private set; }

    internal ulong Status { get; private set; }

    internal MemoryMapping? Memory { get; private set; }

    internal ulong MemoryStart { get; private set; }

    internal ConcurrentDictionary<int, FileDescriptor> Kicks { get; } = new();

    internal ConcurrentDictionary<int, FileDescriptor> Calls { get; } = new();

    internal ConcurrentDictionary<int, uint> Enabled { get; } = new();

    internal ConcurrentDictionary<int, uint> Sizes { get; } = new();

    internal FileDescriptor? Channel { get; private set; }

    internal Exception? Failure { get; private set; }

    /// <summary>Starts one, and gives the front end's side of its socket.</summary>
    internal static (StreamSocket Socket, TestBackEnd BackEnd) Start(
        ulong? features = null, ulong? protocol = null, byte[]? configuration = null, Func<uint, byte[]?>? bend = null)
    {
        (StreamSocket first, StreamSocket second) = StreamSocket.CreatePair();
        var backEnd = new TestBackEnd(second);
        backEnd.Features = features ?? backEnd.Features;
        backEnd.ProtocolFeatures = protocol ?? backEnd.ProtocolFeatures;
        backEnd.Configuration = configuration ?? backEnd.Configuration;
        backEnd.Bend = bend ?? backEnd.Bend;
        backEnd._thread.Start();
        return (first, backEnd);
    }

    /// <summary>Dies.</summary>
    public void Dispose()
    {
        _stop = true;
        _thread.Join();
        _socket.Dispose();
        Channel?.Dispose();

        Memory?.Dispose();
        foreach (FileDescriptor descriptor in Kicks.Values.Concat(Calls.Values))
        {
            descriptor.Dispose();
        }
    }

    /// <summary>Says something that nobody asked for.</summary>
    internal void Say(ReadOnlySpan<byte> bytes) => _socket.SendAll(bytes, [], s_ever);

    internal static byte[] Message(uint request, uint flags, ReadOnlySpan<byte> content, uint? size = null)
    {
        byte[] bytes = new byte[12 + content.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, request);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), flags);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), size ?? (uint)content.Length);
        content.CopyTo(bytes.AsSpan(12));
        return bytes;
    }

    private bool WaitForRequest()
    {
        while (!_stop)
        {
            if (_socket.WaitReadable(5))
            {
                return true;
            }
        }

        return false;
    }

    private void Run()
    {
        try
        {
            byte[] head = new byte[12];
            List<FileDescriptor> descriptors = [];
            while (WaitForRequest() && _socket.TryReceiveAll(head, s_ever, descriptors))
            {
                uint request = BinaryPrimitives.ReadUInt32LittleEndian(head);
                uint flags = BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(4));
                byte[] content = new byte[BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(8))];
                _socket.TryReceiveAll(content, s_ever, descriptors);
                if ((flags & 3) != 1)
                {
                    throw new InvalidOperationException($"flags 0x{flags:x}");
                }

                Requests.Enqueue(request);
                byte[]? bent = Bend(request);
                byte[]? answer = Obey(request, content, descriptors);
                if (answer is null && (flags & 8) != 0)
                {
                    answer = new byte[8];
                }

                if ((bent ?? (answer is null ? null : Message(request, 5, answer))) is { Length: > 0 } reply)
                {
                    _socket.SendAll(reply, [], s_ever);
                }

                descriptors.Clear();
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or LinuxException)
        {
            // The front end has closed, or the test has.
        }
        catch (Exception e)
        {
            Failure = e;
        }
    }

    private byte[]? Obey(uint request, byte[] content, List<FileDescriptor> descriptors)
    {
        ulong value = content.Length >= 8 ? BinaryPrimitives.ReadUInt64LittleEndian(content) : 0;
        int ring = (int)(uint)value;
        switch (request)
        {
            case 1:
                return BitConverter.GetBytes(Features);
            case 2:
                AcceptedFeatures = value;
                return null;
            case 5:
                Memory?.Dispose();
                MemoryStart = BitConverter.ToUInt64(content, 8);
                Memory = MemoryMapping.MapShared(descriptors[0], BitConverter.ToUInt64(content, 32), BitConverter.ToUInt64(content, 16));
                descriptors.ForEach(descriptor => descriptor.Dispose());
                return null;
            case 8:
                Sizes[ring] = BitConverter.ToUInt32(content, 4);
                return null;
            case 11:
                return content;
            case 12:
                Kicks[ring] = descriptors.Single();
                return null;
            case 13:
                Calls[ring] = descriptors.Single();
                return null;
            case 15:
                return BitConverter.GetBytes(ProtocolFeatures);
            case 17:
                return BitConverter.GetBytes(QueueCount);
            case 18:
                Enabled[ring] = BitConverter.ToUInt32(content, 4);
                return null;
            case 21:
                Channel = descriptors.Single();
                return null;
            case 24:
                Configuration.AsSpan((int)BitConverter.ToUInt32(content, 0), (int)BitConverter.ToUInt32(content, 4)).CopyTo(content.AsSpan(12));
                return content;
            case 25:
                content.AsSpan(12).CopyTo(Configuration.AsSpan((int)BitConverter.ToUInt32(content, 0)));
                return null;
            case 39:
                Status = value;
                return null;
            default:
                return null;
        }
    }
}
