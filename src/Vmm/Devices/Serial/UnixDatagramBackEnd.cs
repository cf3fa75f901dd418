using System.Net.Sockets;
using Kvm.Interop.Files;

namespace Vmm.Devices.Serial;

/// <summary>A port that sends each line of output as one datagram to the Unix socket at a path (<c>type=unix</c>).</summary>
/// <remarks>
/// As crosvm: without the line's end, at most 1024 bytes. Lines are dropped while nobody has the path; whoever binds it later gets the next
/// ones. There is no input.
/// </remarks>
public sealed class UnixDatagramBackEnd : SerialBackEnd
{
    private const int LongestLine = 1024;
    private static readonly TimeSpan s_reconnectInterval = TimeSpan.FromMilliseconds(100);

    private readonly UnixDomainSocketEndPoint address;
    private readonly Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly byte[] line = new byte[LongestLine];
    private int lineLength;
    private bool connected;
    private long nextConnect;

    /// <param name="loop">Writes.</param>
    /// <param name="path">The receiver's path.</param>
    /// <exception cref="ArgumentException">The path is too long for a socket's address.</exception>
    public UnixDatagramBackEnd(EventLoop loop, string path)
        : base(loop)
    {
        address = new UnixDomainSocketEndPoint(path);
        Connect(null, new SocketDescriptor(socket, path));
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (lineLength > 0)
        {
            SendLine(lineLength);
        }

        base.Dispose();
        socket.Dispose();
    }

    private protected override int Send(FileDescriptor to, ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)'\n');
        int count = Math.Min(end < 0 ? bytes.Length : end, LongestLine - lineLength);
        bytes[..count].CopyTo(line.AsSpan(lineLength));
        bool complete = count == end;
        if (complete || lineLength + count == LongestLine)
        {
            int length = lineLength + count;
            if (complete && length > 0 && line[length - 1] == '\r')
            {
                length--;
            }

            if (!SendLine(length))
            {
                return FileDescriptor.WouldBlock;
            }

            lineLength = 0;
            return complete ? count + 1 : count;
        }

        lineLength += count;
        return count;
    }

    // Datagrams have no end that is reported: a receiver that left refuses, and may come back.
    private protected override void OnHangUp()
    {
    }

    // False where the receiver's queue is full.
    private bool SendLine(int length)
    {
        if (!connected && !TryConnect())
        {
            return true;
        }

        socket.Send(line.AsSpan(0, length), SocketFlags.None, out SocketError error);
        if (error is SocketError.WouldBlock)
        {
            return false;
        }

        connected = error == SocketError.Success;
        return true;
    }

    private bool TryConnect()
    {
        if (Environment.TickCount64 < nextConnect)
        {
            return false;
        }

        nextConnect = Environment.TickCount64 + (long)s_reconnectInterval.TotalMilliseconds;
        try
        {
            socket.Connect(address);
            connected = true;
        }
        catch (SocketException)
        {
            connected = false;
        }

        return connected;
    }
}
