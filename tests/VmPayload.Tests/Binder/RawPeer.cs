using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using VmPayload.Platform;

namespace VmPayload.Tests.Binder;

/// <summary>The other end of a connection, of which a test writes and reads every byte itself.</summary>
internal sealed unsafe partial class RawPeer(int socket) : IDisposable
{
    private const int SecondsToWait = 10;
    private int _socket = socket;

    internal static byte[] Init => "cci\0\0\0\0\0"u8.ToArray();

    internal uint Version { get; set; } = 1;

    public void Dispose()
    {
        if (_socket >= 0)
        {
            _ = Libc.Close(_socket);
            _socket = -1;
        }
    }

    internal static (int Ours, int Theirs) CreatePair()
    {
        int* pair = stackalloc int[2];
        Assert.Equal(0, SocketPair(SocketAbi.AF_UNIX, SocketAbi.SOCK_STREAM | SocketAbi.SOCK_CLOEXEC, 0, pair));
        VmPayload.Binder.SocketIo.SetPatience(pair[0], SecondsToWait);
        return (pair[0], pair[1]);
    }

    internal static byte[] Bytes(params object[] values)
    {
        MemoryStream stream = new();
        foreach (object value in values)
        {
            byte[] bytes = value switch
            {
                byte single => [single],
                ushort small => BitConverter.GetBytes(small),
                int number => BitConverter.GetBytes(number),
                uint number => BitConverter.GetBytes(number),
                long number => BitConverter.GetBytes(number),
                ulong number => BitConverter.GetBytes(number),
                byte[] all => all,
                _ => throw new ArgumentException($"{value.GetType()}"),
            };
            stream.Write(bytes);
        }

        return stream.ToArray();
    }

    internal static byte[] String16(string text)
    {
        byte[] characters = Encoding.Unicode.GetBytes(text + "\0");
        return Bytes(text.Length, characters, new byte[characters.Length % 4]);
    }

    internal static byte[] ByteArray(byte[] bytes) => Bytes(bytes.Length, bytes, new byte[-bytes.Length & 3]);

    internal static byte[] ConnectionHeader(uint version, byte options = 0, byte descriptors = 0, byte[]? id = null) =>
        Bytes(version, options, descriptors, new byte[8], (ushort)(id?.Length ?? 0), id ?? []);

    internal static byte[] Message(uint command, byte[] body) => Bytes(command, (uint)body.Length, 0ul, body);

    internal static byte[] Transaction(uint version, ulong address, uint code, byte[] parcel, uint flags = 0, ulong number = 0, byte[]? table = null) =>
        Message(0, Bytes(address, code, flags, number, version == 0 ? 0u : (uint)parcel.Length, new byte[12], parcel, table ?? []));

    internal static byte[] Reply(int status, byte[] parcel) => Message(1, Bytes(status, (uint)parcel.Length, new byte[12], parcel));

    internal static byte[] DecStrong(ulong address, uint amount) => Message(2, Bytes(address, amount, 0u));

    internal static byte[] Binder(ulong address) => Bytes(1, address, 0x0c);

    internal static byte[] Request(byte[] rest) => Bytes(String16(TestService.Descriptor), rest);

    internal void Send(byte[] bytes)
    {
        fixed (byte* start = bytes)
        {
            _ = VmPayload.Binder.SocketIo.Send(_socket, start, bytes.Length);
        }
    }

    internal byte[] Receive(int length)
    {
        byte[] bytes = new byte[length];
        fixed (byte* start = bytes)
        {
            Assert.True(VmPayload.Binder.SocketIo.Receive(_socket, start, length), $"{length} bytes did not come");
        }

        return bytes;
    }

    /// <summary>The next message.</summary>
    internal (uint Command, byte[] Body) ReceiveMessage()
    {
        byte[] header = Receive(16);
        Assert.Equal(new byte[8], header[8..]);
        return (BinaryPrimitives.ReadUInt32LittleEndian(header), Receive(BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(4))));
    }

    /// <summary>The parcel of the next message, which is a reply.</summary>
    internal byte[] ReceiveReply(int status = 0)
    {
        (uint command, byte[] body) = ReceiveMessage();
        Assert.Equal(1u, command);
        Assert.Equal(status, BinaryPrimitives.ReadInt32LittleEndian(body));
        if (Version == 0)
        {
            return body[4..];
        }

        Assert.Equal(body.Length - 20, BinaryPrimitives.ReadInt32LittleEndian(body.AsSpan(4)));
        return body[20..];
    }

    internal byte[] Call(ulong address, uint code, byte[] parcel, int status = 0)
    {
        Send(Transaction(Version, address, code, parcel));
        if (address != 0)
        {
            ReceiveGiveBack(address);
        }

        return ReceiveReply(status);
    }

    /// <summary>The next message gives an object back: with each call the called one.</summary>
    internal void ReceiveGiveBack(ulong address, uint amount = 1)
    {
        (uint command, byte[] body) = ReceiveMessage();
        Assert.Equal(2u, command);
        Assert.Equal(Bytes(address, amount, 0u), body);
    }

    internal ulong GetRoot()
    {
        byte[] reply = Call(0, 0, []);
        Assert.Equal(1, BinaryPrimitives.ReadInt32LittleEndian(reply));
        return BinaryPrimitives.ReadUInt64LittleEndian(reply.AsSpan(4));
    }

    /// <summary>Whether the other side closes it, whatever it says before.</summary>
    internal bool HasEnded()
    {
        byte one;
        nint received;
        while ((received = Libc.Receive(_socket, &one, 1, 0)) == 1)
        {
        }

        const int reset = 104;
        return received == 0 || Libc.Errno == reset;
    }

    [LibraryImport("libc", EntryPoint = "socketpair")]
    private static partial int SocketPair(int domain, int type, int protocol, int* sockets);
}
