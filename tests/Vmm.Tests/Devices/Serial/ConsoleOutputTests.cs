using System.Net.Sockets;
using Kvm.Interop.Events;
using Virtio.Console;
using Vmm.Configuration;
using Vmm.Devices.Serial;

namespace Vmm.Tests.Devices.Serial;

/// <summary>The back ends as a virtio console uses them.</summary>
public sealed class ConsoleOutputTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly string _directory = Directory.CreateTempSubdirectory("console").FullName;
    private readonly List<Exception> _errors = [];
    private readonly EventLoop _loop;

    public ConsoleOutputTests() => _loop = new EventLoop("console test", _errors.Add);

    public void Dispose()
    {
        _loop.Dispose();
        Directory.Delete(_directory, recursive: true);
        Assert.Empty(_errors);
    }

    [Fact]
    public async Task A_reader_that_is_slow_gets_everything_and_room_is_told_of()
    {
        string path = Path.Combine(_directory, "socket");
        using var backEnds = new SerialBackEnds(_loop);
        IConsoleOutput output = Open(backEnds, new SerialConfig { Backend = SerialBackend.UnixStream, Path = path });
        using var room = new AutoResetEvent(false);
        output.RoomAvailable = () => room.Set();
        _loop.Start();
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = (int)s_patience.TotalMilliseconds };
        client.Connect(new UnixDomainSocketEndPoint(path));
        // The first byte shows that the client was let in: before that, output goes nowhere.
        SerialPortHarness.Until(
            () =>
            {
                output.Write("."u8);
                return client.Poll(1000, SelectMode.SelectRead);
            },
            "the client was not let in");
        byte[] sent = new byte[2 << 20];
        new Random(3).NextBytes(sent);
        sent.AsSpan().Replace((byte)'.', (byte)'x');
        var received = new List<byte>();
        var reader = Task.Run(() =>
        {
            byte[] buffer = new byte[30_000];
            while (received.Count < sent.Length)
            {
                Thread.Sleep(1);
                int count = client.Receive(buffer);
                received.AddRange(buffer[..count].Where(b => b != (byte)'.' || received.Count > 0));
            }
        });
        int partial = 0;
        for (int done = 0; done < sent.Length;)
        {
            int taken = output.Write(sent.AsSpan(done, Math.Min(4096, sent.Length - done)));
            Assert.InRange(taken, 0, 4096);
            done += taken;
            if (taken < 4096 && done < sent.Length)
            {
                partial++;
                Assert.True(room.WaitOne(s_patience), "no room was told of");
            }
        }

        await reader.WaitAsync(s_patience);
        Assert.True(partial > 10, $"the queue was full {partial} times");
        Assert.Equal(sent, received);
    }

    [Fact]
    public void What_is_left_at_the_end_is_written()
    {
        string path = Path.Combine(_directory, "out");
        var backEnds = new SerialBackEnds(_loop);
        IConsoleOutput output = Open(backEnds, new SerialConfig { Backend = SerialBackend.File, Path = path });
        Assert.Equal(16384, output.Write(new byte[20_000]));
        backEnds.Dispose();

        Assert.Equal(16384, new FileInfo(path).Length);
    }

    [Fact]
    public void A_sink_needs_no_back_end()
    {
        using var backEnds = new SerialBackEnds(_loop);
        Assert.Null(backEnds.Open(new SerialConfig { Hardware = SerialHardware.VirtioConsole }, "console hvc0", static () => { }, static _ => { }));
    }

    [Fact]
    public void What_cannot_be_opened_is_told_with_its_option()
    {
        using var backEnds = new SerialBackEnds(_loop);
        var config = new SerialConfig { Hardware = SerialHardware.VirtioConsole, Number = 2, Backend = SerialBackend.File, Path = "/nowhere/out" };
        var failure = Assert.Throws<Kvm.Interop.LinuxException>(() => backEnds.Open(config, "console hvc1", static () => { }, static _ => { }));

        Assert.StartsWith("--serial hardware=virtio-console,num=2,type=file", failure.Message, StringComparison.Ordinal);
    }

    private static IConsoleOutput Open(SerialBackEnds backEnds, SerialConfig config) =>
        backEnds.Open(config with { Hardware = SerialHardware.VirtioConsole }, "console hvc0", static () => { }, static _ => { })!.ConsoleOutput;
}
