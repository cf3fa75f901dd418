using System.Buffers.Binary;
using System.Globalization;
using Kvm.Interop;
using Kvm.Interop.Sockets;

namespace Virtualization.Tests.Binder;

/// <summary>One end of a connection that says what it likes, byte by byte.</summary>
internal sealed class RawPeer(StreamConnection socket) : IDisposable
{
    internal const ulong ServerObject = 3;
    internal const ulong ClientObject = 1;

    public void Dispose()
    {
        if (!socket.IsClosed)
        {
            socket.ShutDown();
            socket.Dispose();
        }
    }

    /// <summary>A client that has opened a session and has asked for the root.</summary>
    internal static RawPeer Client(string path, uint version = 1)
    {
        RawPeer peer = Connect(path);
        peer.Send(Header(version), "cci\0\0\0\0\0"u8.ToArray());
        peer.Expect($"{version:x2}00000000000000");
        peer.Send(Transact(0, 0));
        peer.Receive(16 + (version == 0 ? 4 : 20) + 16 + (version == 2 ? 4 : 0));
        return peer;
    }

    internal static RawPeer Connect(string path) => new(StreamConnection.ConnectUnix(path));

    internal static byte[] Header(uint version, byte options = 0, byte mode = 0, byte[]? id = null, int? idSize = null)
    {
        byte[] header = new byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(header, version);
        header[4] = options;
        header[5] = mode;
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(14), (ushort)(idSize ?? id?.Length ?? 0));
        return [.. header, .. id ?? []];
    }

    internal static byte[] Message(uint command, params byte[] body) => Message(command, (uint)body.Length, body);

    internal static byte[] Message(uint command, uint size, byte[] body)
    {
        byte[] header = new byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(header, command);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(4), size);
        return [.. header, .. body];
    }

    internal static byte[] Transact(ulong address, uint code, byte[]? data = null, uint flags = 0, ulong number = 0, uint? dataSize = null, byte[]? table = null)
    {
        byte[] fields = new byte[40];
        BinaryPrimitives.WriteUInt64LittleEndian(fields, address);
        BinaryPrimitives.WriteUInt32LittleEndian(fields.AsSpan(8), code);
        BinaryPrimitives.WriteUInt32LittleEndian(fields.AsSpan(12), flags);
        BinaryPrimitives.WriteUInt64LittleEndian(fields.AsSpan(16), number);
        BinaryPrimitives.WriteUInt32LittleEndian(fields.AsSpan(24), dataSize ?? (uint)(data?.Length ?? 0));
        return Message(0, [.. fields, .. data ?? [], .. table ?? []]);
    }

    internal static byte[] Reply(byte[] data, int status = 0, uint? dataSize = null, byte[]? table = null)
    {
        byte[] fields = new byte[20];
        BinaryPrimitives.WriteInt32LittleEndian(fields, status);
        BinaryPrimitives.WriteUInt32LittleEndian(fields.AsSpan(4), dataSize ?? (uint)data.Length);
        return Message(1, [.. fields, .. data, .. table ?? []]);
    }

    internal static byte[] DecStrong(ulong address, uint amount)
    {
        byte[] body = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(body, address);
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(8), amount);
        return Message(2, body);
    }

    /// <summary>The parcel of a call to a <see cref="TestService"/>.</summary>
    internal static byte[] Arguments(params byte[][] values)
    {
        using Virtualization.Binder.Parcel token = new();
        token.WriteInterfaceToken(TestService.Descriptor);
        return [.. token.Data, .. values.SelectMany(value => value)];
    }

    internal static byte[] Int(int value) => BitConverter.GetBytes(value);

    internal static byte[] Object(ulong address) => [1, 0, 0, 0, .. BitConverter.GetBytes(address), 0x0c, 0, 0, 0];

    internal void Send(params byte[][] messages)
    {
        byte[] bytes = [.. messages.SelectMany(message => message)];
        for (int sent = 0; sent < bytes.Length;)
        {
            int count = socket.Send(bytes.AsSpan(sent), [], wait: true);
            if (count < 0)
            {
                throw new LinuxException("sendmsg", "raw peer", -count);
            }

            sent += count;
        }
    }

    /// <summary>Sends as far as the other side lets it.</summary>
    internal bool TrySend(params byte[][] messages)
    {
        try
        {
            Send(messages);
            return true;
        }
        catch (LinuxException)
        {
            return false;
        }
    }

    internal byte[] Receive(int count)
    {
        byte[] bytes = new byte[count];
        for (int received = 0; received < count;)
        {
            Assert.True(socket.WaitReadable(10_000), $"only {received} of {count} bytes came");
            int read = socket.Receive(bytes.AsSpan(received), null, wait: true);
            Assert.True(read > 0, $"only {received} of {count} bytes came: {Convert.ToHexString(bytes, 0, received)}");
            received += read;
        }

        return bytes;
    }

    /// <summary>Compares what comes with bytes in hexadecimal, blanks between them.</summary>
    internal void Expect(string hexadecimal)
    {
        byte[] expected = Bytes(hexadecimal);
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(Receive(expected.Length)));
    }

    internal static byte[] Bytes(string hexadecimal) =>
        Convert.FromHexString(hexadecimal.Replace(" ", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal).ToUpper(CultureInfo.InvariantCulture));

    /// <summary>Reads to the end, which must come.</summary>
    /// <returns>How many bytes came before.</returns>
    internal int ExpectEnd()
    {
        byte[] bytes = new byte[4096];
        int received = 0;
        while (true)
        {
            Assert.True(socket.WaitReadable(10_000), "the other side does not close the connection");
            int read = socket.Receive(bytes, null, wait: true);
            if (read <= 0)
            {
                return received;
            }

            received += read;
        }
    }
}
