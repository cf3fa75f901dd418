using Virtualization.Binder;

namespace Virtualization.Tests.Binder;

/// <summary>A server on a Unix socket, with a <see cref="TestService"/>.</summary>
internal sealed class Served : IDisposable
{
    internal Served(int maxThreads = 4, uint maxVersion = 2, RpcFileDescriptors descriptors = RpcFileDescriptors.None, RpcLimits? limits = null, Func<CallContext, bool>? accept = null, TimeSpan? handshake = null, long sessionsInAll = long.MaxValue)
    {
        Path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"binder-{Guid.NewGuid():N}.sock");
        Server = new RpcServer(new RpcServerOptions
        {
            Root = _ => Service,
            MaxThreads = maxThreads,
            MaxVersion = maxVersion,
            FileDescriptors = descriptors,
            Limits = limits ?? new RpcLimits(),
            Accept = accept,
            MaxSessionsInAll = sessionsInAll,
            HandshakeTimeout = handshake ?? TimeSpan.FromSeconds(10),
            UnhandledException = e =>
            {
                lock (Unhandled)
                {
                    Unhandled.Add(e);
                }
            },
        });
        Server.Serve(RpcListener.ListenUnix(Path));
    }

    internal string Path { get; }

    internal TestService Service { get; } = new();

    internal RpcServer Server { get; }

    internal List<Exception> Unhandled { get; } = [];

    public void Dispose() => Server.Dispose();

    internal RpcSession Connect(int outgoing = 1, int incoming = 0, uint maxVersion = 2, RpcFileDescriptors descriptors = RpcFileDescriptors.None, RpcLimits? limits = null) =>
        RpcSession.ConnectUnix(Path, new RpcSessionOptions
        {
            MaxOutgoing = outgoing,
            MaxIncoming = incoming,
            MaxVersion = maxVersion,
            FileDescriptors = descriptors,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            Limits = limits ?? new RpcLimits(),
        });
}
