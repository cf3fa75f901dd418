using System.Buffers.Text;
using System.Text;
using Kvm.Interop;
using Kvm.Interop.Sockets;

namespace Virtio.Vsock;

/// <summary>
/// How a host program says which port of the guest it wants: it sends <c>CONNECT port\n</c> and reads <c>OK hostport\n</c> once the guest has accepted.
/// The protocol of Firecracker and cloud-hypervisor; on a socket of messages each line is a message, and its line feed may be left out.
/// </summary>
internal static class VsockHandshake
{
    /// <summary>The longest line: the word, a port of ten digits, and some space.</summary>
    private const int MaxLine = 32;

    /// <summary>Reads the line, and nothing behind it, when it has all come.</summary>
    /// <param name="socket">The host program's.</param>
    /// <param name="messages">The socket keeps messages apart.</param>
    /// <param name="ends">The program sends no more.</param>
    /// <param name="port">The guest's port.</param>
    internal static VsockHandshakeResult Read(UnixSocket socket, bool messages, bool ends, out uint port)
    {
        port = 0;
        Span<byte> line = stackalloc byte[MaxLine];
        int length = messages ? socket.Receive(line) : socket.Peek(line);
        if (length <= 0)
        {
            return length == -Errno.EAGAIN ? VsockHandshakeResult.Incomplete : VsockHandshakeResult.Refused;
        }

        int end = line[..length].IndexOf((byte)'\n');
        if (messages)
        {
            return Parse(line[..(end < 0 ? length : end)], out port);
        }

        if (end < 0)
        {
            return length == MaxLine || ends ? VsockHandshakeResult.Refused : VsockHandshakeResult.Incomplete;
        }

        // Data may follow, which is the guest's.
        socket.Receive(line[..(end + 1)]);
        return Parse(line[..end], out port);
    }

    /// <summary>Tells the program that the guest has accepted.</summary>
    /// <returns>False when it has left.</returns>
    internal static bool TrySendAnswer(UnixSocket socket, uint hostPort)
    {
        Span<byte> answer = stackalloc byte[MaxLine];
        "OK "u8.CopyTo(answer);
        Utf8Formatter.TryFormat(hostPort, answer[3..], out int digits);
        answer[3 + digits] = (byte)'\n';
        int length = 3 + digits + 1;
        return socket.Send(answer[..length]) == length;
    }

    private static VsockHandshakeResult Parse(ReadOnlySpan<byte> line, out uint port)
    {
        port = 0;
        ReadOnlySpan<byte> word = "CONNECT "u8;
        if (line.Length <= word.Length || !Ascii.EqualsIgnoreCase(line[..word.Length], word))
        {
            return VsockHandshakeResult.Refused;
        }

        ReadOnlySpan<byte> number = line[word.Length..].Trim(" \r"u8);
        return Utf8Parser.TryParse(number, out port, out int used) && used == number.Length && number.Length > 0 && port != VsockConstants.VMADDR_PORT_ANY
            ? VsockHandshakeResult.Port
            : VsockHandshakeResult.Refused;
    }
}
