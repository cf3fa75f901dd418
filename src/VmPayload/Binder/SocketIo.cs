using VmPayload.Platform;

namespace VmPayload.Binder;

/// <summary>Whole messages over a stream.</summary>
internal static unsafe class SocketIo
{
    /// <returns>False when the peer is gone.</returns>
    internal static bool Send(int socket, void* data, int length)
    {
        for (int sent = 0; sent < length;)
        {
            nint now = Libc.Send(socket, (byte*)data + sent, (nuint)(length - sent), SocketAbi.MSG_NOSIGNAL);
            if (now < 0 && Libc.Errno == SocketAbi.EINTR)
            {
                continue;
            }

            if (now <= 0)
            {
                return false;
            }

            sent += (int)now;
        }

        return true;
    }

    /// <returns>False when the peer is gone, or took longer than the socket waits.</returns>
    internal static bool Receive(int socket, void* data, int length) => Receive(socket, data, length, out _);

    /// <summary>The same; <paramref name="isClosed"/> tells whether it is false because the peer has closed the socket, and nothing of these bytes came.</summary>
    internal static bool Receive(int socket, void* data, int length, out bool isClosed)
    {
        isClosed = false;
        for (int received = 0; received < length;)
        {
            nint now = Libc.Receive(socket, (byte*)data + received, (nuint)(length - received), 0);
            if (now < 0 && Libc.Errno == SocketAbi.EINTR)
            {
                continue;
            }

            if (now <= 0)
            {
                isClosed = now == 0 && received == 0;
                return false;
            }

            received += (int)now;
        }

        return true;
    }

    /// <summary>How long <see cref="Receive(int, void*, int)"/> waits; 0: for ever.</summary>
    internal static void SetPatience(int socket, int seconds)
    {
        // struct timeval { long seconds; long microseconds; }
        long* time = stackalloc long[2];
        time[0] = seconds;
        time[1] = 0;
        _ = Libc.SetSocketOption(socket, SocketAbi.SOL_SOCKET, SocketAbi.SO_RCVTIMEO, time, 2 * sizeof(long));
    }
}
