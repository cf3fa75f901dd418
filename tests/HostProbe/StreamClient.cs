using System.Net.Sockets;

namespace HostProbe;

/// <summary>Connects standard input and output with a Unix stream socket until the other side ends.</summary>
internal static class StreamClient
{
    internal static void Run(string path)
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(path));
        using NetworkStream stream = new(socket);
        using Stream input = Console.OpenStandardInput();
        using Stream output = Console.OpenStandardOutput();
        Thread sender = new(() => input.CopyTo(stream)) { IsBackground = true };
        sender.Start();
        stream.CopyTo(output);
    }
}
