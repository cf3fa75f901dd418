using System.Buffers.Binary;
using Kvm.Interop.Files;
using Kvm.Interop.Sockets;

namespace Virtualization.Binder;

/// <summary>What is said before the first message of a connection.</summary>
internal static class RpcHandshake
{
    /// <summary>Makes a connection and says what it is for.</summary>
    /// <param name="connect">Makes the stream.</param>
    /// <param name="patience">How long the peer may take from now on until <see cref="RpcConnection.SetDeadline"/> says otherwise.</param>
    /// <param name="version">The newest version, or the session's.</param>
    /// <param name="mode">How descriptors travel.</param>
    /// <param name="sessionId">The session to join; empty for a new one.</param>
    /// <param name="incoming">Whether the server is to call by it.</param>
    internal static RpcConnection Connect(
        Func<FileDescriptor> connect, TimeSpan? patience, uint version, RpcFileDescriptors mode, ReadOnlySpan<byte> sessionId, bool incoming)
    {
        RpcConnection connection = new(StreamConnection.FromDescriptor(connect()));
        try
        {
            connection.SetDeadline(patience);
            Span<byte> bytes = stackalloc byte[RpcWire.ConnectionHeaderSize + RpcWire.SessionIdSize + RpcWire.ConnectionInitSize];
            bytes.Clear();
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, version);
            bytes[RpcWire.OptionsOffset] = incoming ? RpcWire.IncomingOption : (byte)0;
            bytes[RpcWire.DescriptorModeOffset] = (byte)mode;
            BinaryPrimitives.WriteUInt16LittleEndian(bytes[RpcWire.SessionIdSizeOffset..], (ushort)sessionId.Length);
            sessionId.CopyTo(bytes[RpcWire.ConnectionHeaderSize..]);
            int length = RpcWire.ConnectionHeaderSize + sessionId.Length;
            if (!incoming)
            {
                RpcWire.ConnectionInit.CopyTo(bytes[length..]);
                length += RpcWire.ConnectionInitSize;
            }

            connection.Send(bytes[..length], [], [], [], null);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Reads the server's answer to a client that asked for a new session.</summary>
    /// <returns>The version to speak.</returns>
    internal static uint ReadNewSession(RpcConnection connection, uint asked)
    {
        Span<byte> bytes = stackalloc byte[RpcWire.NewSessionResponseSize];
        connection.Read(bytes);
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        return version <= asked ? version : throw new RpcProtocolException($"the server wants to speak protocol version {version}; it was asked for {asked} or less");
    }

    /// <summary>Answers a client that asked for a new session.</summary>
    internal static void WriteNewSession(RpcConnection connection, uint version)
    {
        Span<byte> bytes = stackalloc byte[RpcWire.NewSessionResponseSize];
        bytes.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, version);
        connection.Send(bytes, [], [], [], null);
    }

    /// <summary>Reads what the side that will call by a connection says first.</summary>
    internal static void ReadInit(RpcConnection connection)
    {
        Span<byte> bytes = stackalloc byte[RpcWire.ConnectionInitSize];
        connection.Read(bytes);
        if (!bytes[..sizeof(uint)].SequenceEqual(RpcWire.ConnectionInit[..sizeof(uint)]))
        {
            throw new RpcProtocolException($"a connection begins with {Convert.ToHexString(bytes)} instead of 'cci'");
        }
    }

    internal static void WriteInit(RpcConnection connection) => connection.Send(RpcWire.ConnectionInit, [], [], [], null);

    /// <summary>Reads what a client wants a connection for.</summary>
    internal static RpcConnectionHeader ReadHeader(RpcConnection connection)
    {
        Span<byte> bytes = stackalloc byte[RpcWire.ConnectionHeaderSize];
        connection.Read(bytes);
        int size = BinaryPrimitives.ReadUInt16LittleEndian(bytes[RpcWire.SessionIdSizeOffset..]);
        if (size is not 0 and not RpcWire.SessionIdSize)
        {
            throw new RpcProtocolException($"a client names its session with {size} bytes; a session id has {RpcWire.SessionIdSize}");
        }

        byte[] id = new byte[size];
        connection.Read(id);
        return new RpcConnectionHeader(
            BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            (bytes[RpcWire.OptionsOffset] & RpcWire.IncomingOption) != 0,
            (RpcFileDescriptors)bytes[RpcWire.DescriptorModeOffset],
            id);
    }
}
