using System.Net.Sockets;

namespace VmPayload.Tests.Binder;

/// <summary>A server that sends every client the same bytes, whatever it asks, and then nothing more.</summary>
internal sealed class ScriptedServer : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Thread _thread;
    private volatile byte[] _script = [];

    internal ScriptedServer(string path)
    {
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen(8);
        _thread = new Thread(Serve) { IsBackground = true, Name = "scripted server" };
        _thread.Start();
    }

    /// <summary>What the next client gets.</summary>
    internal byte[] Script
    {
        set => _script = value;
    }

    public void Dispose()
    {
        _listener.Dispose();
        _thread.Join();
    }

    private void Serve()
    {
        byte[] ignored = new byte[4096];
        while (true)
        {
            try
            {
                using Socket client = _listener.Accept();
                try
                {
                    client.Send(_script);
                    client.Shutdown(SocketShutdown.Send);
                    while (client.Receive(ignored) > 0)
                    {
                        // Closed with something unread, the client could not even send its questions.
                    }
                }
                catch (SocketException)
                {
                    // The client has gone already: it had heard enough.
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return; // the listener is closed
            }
        }
    }
}
