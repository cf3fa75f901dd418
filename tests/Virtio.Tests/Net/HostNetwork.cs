using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Kvm.Interop;
using Kvm.Interop.Files;
using Kvm.Interop.Net;

namespace Virtio.Tests.Net;

/// <summary>A network of the test's own: a thread in a network namespace, with a tap interface and a socket that sees every frame on it.</summary>
internal sealed partial class HostNetwork : IDisposable
{
    internal const string Interface = "vmtap0";

    private const int CLONE_NEWNET = 0x40000000;
    private const int AF_PACKET = 17;
    private const int SOCK_RAW = 3;
    private const int SOCK_FLAGS = 0x80800; // non-blocking, closed on exec
    private const ushort ETH_P_ALL = 0x0300; // in network order

    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;
    private FileDescriptor? _packets;

    private HostNetwork()
    {
        _thread = new Thread(() =>
        {
            foreach (Action action in _work.GetConsumingEnumerable())
            {
                action();
            }
        })
        { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Makes the namespace, or skips the test where that is not allowed.</summary>
    internal static HostNetwork Create()
    {
        var network = new HostNetwork();
        int error = 0;
        network.Run(() => error = unshare(CLONE_NEWNET) == 0 ? 0 : Marshal.GetLastPInvokeError());
        Skip.If(error != 0, $"a network namespace needs CAP_SYS_ADMIN (unshare: {Errno.Name(error)})");
        // The host's own announcements would come between the tests' frames.
        network.Run(() => File.WriteAllText("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1"));
        Skip.IfNot(File.Exists("/dev/net/tun"), "/dev/net/tun is missing (modprobe tun)");
        return network;
    }

    /// <summary>Opens queues of the tap interface and brings it up.</summary>
    internal TapQueue[] OpenTap(int queues = 1, bool up = true)
    {
        var taps = new TapQueue[queues];
        Run(() =>
        {
            for (int i = 0; i < queues; i++)
            {
                taps[i] = TapQueue.Open(Interface, queues > 1);
            }

            NetworkInterface.SetMtu(Interface, 9000);
            if (up)
            {
                NetworkInterface.SetUp(Interface, true);
            }

            _packets = OpenPackets(if_nametoindex(Interface));
        });
        return taps;
    }

    /// <summary>Sends a frame to the tap's reader.</summary>
    internal void Send(byte[] frame) => Assert.Equal(frame.Length, _packets!.Write(frame));

    /// <summary>Waits for a frame of one protocol that the tap's writer sent.</summary>
    internal byte[] Receive(ushort protocol)
    {
        byte[] buffer = new byte[70000];
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20))
        {
            int length = TryRead(buffer);
            if (length >= 14 && ((buffer[12] << 8) | buffer[13]) == protocol)
            {
                return buffer[..length];
            }

            if (length == FileDescriptor.WouldBlock)
            {
                _packets!.WaitReadable(100);
            }
        }

        throw new TimeoutException("no frame came out of the tap");
    }

    /// <summary>Forgets the frames that nobody waited for.</summary>
    internal void Drain()
    {
        byte[] buffer = new byte[70000];
        while (TryRead(buffer) != FileDescriptor.WouldBlock)
        {
        }
    }

    internal void SetUp(bool up) => Run(() => NetworkInterface.SetUp(Interface, up));

    internal void Delete() => Run(() =>
    {
        using Process ip = Process.Start("ip", ["link", "delete", Interface]);
        ip.WaitForExit();
        Assert.Equal(0, ip.ExitCode);
    });

    public void Dispose()
    {
        _packets?.Dispose();
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private int TryRead(byte[] buffer)
    {
        try
        {
            return _packets!.Read(buffer);
        }
        catch (LinuxException e) when (e.Errno == Errno.ENETDOWN)
        {
            return 0; // told once when the interface goes down
        }
    }

    private static unsafe FileDescriptor OpenPackets(uint index)
    {
        int number = socket(AF_PACKET, SOCK_RAW | SOCK_FLAGS, ETH_P_ALL);
        Assert.True(number >= 0, "no packet socket");
        var descriptor = new FileDescriptor(number, "packet socket");
        // struct sockaddr_ll: family, protocol, interface, then fields that bind does not read.
        byte* address = stackalloc byte[20];
        new Span<byte>(address, 20).Clear();
        *(ushort*)address = AF_PACKET;
        *(ushort*)(address + 2) = ETH_P_ALL;
        *(uint*)(address + 4) = index;
        Assert.Equal(0, bind(descriptor, address, 20));
        return descriptor;
    }

    /// <summary>Runs code in the namespace.</summary>
    internal void Run(Action action)
    {
        Exception? failure = null;
        using var done = new ManualResetEventSlim();
        _work.Add(() =>
        {
            try
            {
                action();
            }
            catch (Exception e)
            {
                failure = e;
            }

            done.Set();
        });
        done.Wait();
        if (failure is not null)
        {
            throw new InvalidOperationException(failure.Message, failure);
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unshare(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socket(int domain, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int bind(FileDescriptor fd, byte* address, uint length);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial uint if_nametoindex(string name);
}
