using System.Net.Sockets;
using Kvm.Interop.Events;
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

    private readonly string _path;
    private readonly UnixDomainSocketEndPoint _address;
    private readonly byte[] _line = new byte[LongestLine];
    private int _lineLength;
    private Socket? _socket;
    private long _nextConnect;

    /// <param name="loop">Writes.</param>
    /// <param name="path">The receiver's path.</param>
    /// <exception cref="ArgumentException">The path is too long for a socket's address.</exception>
    public UnixDatagramBackEnd(EventLoop loop, string path)
        : base(loop)
    {
        _path = path;
        _address = new UnixDomainSocketEndPoint(path);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_lineLength > 0 && HasReader())
        {
            SendLine(_lineLength);
        }

        base.Dispose();
    }

    private protected override int Send(FileDescriptor to, ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)'\n');
        int count = Math.Min(end < 0 ? bytes.Length : end, LongestLine - _lineLength);
        bytes[..count].CopyTo(_line.AsSpan(_lineLength));
        bool complete = count == end;
        if (complete || _lineLength + count == LongestLine)
        {
            int length = _lineLength + count;
            if (complete && length > 0 && _line[length - 1] == '\r')
            {
                length--;
            }

            if (!SendLine(length))
            {
                return FileDescriptor.WouldBlock;
            }

            _lineLength = 0;
            return complete ? count + 1 : count;
        }

        _lineLength += count;
        return count;
    }

    private protected override void OnDisconnected() => _socket = null;

    private protected override bool HasReader()
    {
        if (_socket is null && Environment.TickCount64 >= _nextConnect)
        {
            _nextConnect = Environment.TickCount64 + (long)s_reconnectInterval.TotalMilliseconds;
            TryConnect();
        }

        return _socket is not null;
    }

    // False where the receiver's queue is full.
    private bool SendLine(int length)
    {
        _socket!.Send(_line.AsSpan(0, length), SocketFlags.None, out SocketError error);
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
            attempt.Connect(_address);
        }
        catch (SocketException)
        {
            attempt.Dispose();
            return;
        }

        _socket = attempt;
        Connect(null, new SocketDescriptor(attempt, _path));
    }
}
