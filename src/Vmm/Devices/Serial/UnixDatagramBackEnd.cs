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

    private readonly string path;
    private readonly UnixDomainSocketEndPoint address;
    private readonly byte[] line = new byte[LongestLine];
    private int lineLength;
    private Socket? socket;
    private long nextConnect;

    /// <param name="loop">Writes.</param>
    /// <param name="path">The receiver's path.</param>
    /// <exception cref="ArgumentException">The path is too long for a socket's address.</exception>
    public UnixDatagramBackEnd(EventLoop loop, string path)
        : base(loop)
    {
        this.path = path;
        address = new UnixDomainSocketEndPoint(path);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (lineLength > 0 && HasReader())
        {
            SendLine(lineLength);
        }

        base.Dispose();
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

    private protected override void OnDisconnected() => socket = null;

    private protected override bool HasReader()
    {
        if (socket is null && Environment.TickCount64 >= nextConnect)
        {
            nextConnect = Environment.TickCount64 + (long)s_reconnectInterval.TotalMilliseconds;
            TryConnect();
        }

        return socket is not null;
    }

    // False where the receiver's queue is full.
    private bool SendLine(int length)
    {
        socket!.Send(line.AsSpan(0, length), SocketFlags.None, out SocketError error);
        if (error is SocketError.WouldBlock)
        {
            return false;
        }

        if (error != SocketError.Success)
        {
            EndOutput(); // the receiver left; another may come
        }

        return true;
    }

    private void TryConnect()
    {
        Socket attempt = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            attempt.Connect(address);
        }
        catch (SocketException)
        {
            attempt.Dispose();
            return;
        }

        socket = attempt;
        Connect(null, new SocketDescriptor(attempt, path));
    }
}
