using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Kvm.Interop.Events;
using Kvm.Interop.Memory;
using Kvm.Interop.Sockets;
using Virtio;
using Virtio.Balloon;
using Vmm.Control;
using Vmm.Outcome;
using Vmm.Tests.CommandLine;

namespace Vmm.Tests.Control;

public sealed class BalloonRequestTests : IDisposable
{
    private const ulong Ram = 64 << 20;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly string _directory = Directory.CreateTempSubdirectory("vmm-test-").FullName;
    private readonly EventLoop _loop = new("balloon test", static _ => { });
    private readonly GuestMemory _memory = GuestMemory.Create([new GuestRange(new GuestAddress(0x8000_0000), Ram)]);
    private readonly BalloonDevice _balloon;
    private readonly FakeVm _vm;
    private readonly ControlServer _server;
    private readonly List<EventFd> _eventFds = [];

    public BalloonRequestTests()
    {
        _balloon = new BalloonDevice(_loop, new GuestRange(new GuestAddress(0x8000_0000), Ram));
        _loop.Start();
        _vm = new FakeVm { Balloon = _balloon };
        _server = ControlServer.Listen(SocketPath);
        _server.Start(_vm);
    }

    private string SocketPath => Path.Combine(_directory, "vm.sock");

    public void Dispose()
    {
        _server.Dispose();
        _loop.Stop();
        _balloon.Dispose();
        _loop.Dispose();
        _memory.Dispose();
        _eventFds.ForEach(static eventFd => eventFd.Dispose());
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void A_size_is_set_and_answered_at_once()
    {
        Assert.Equal(0, new CommandLineUnderTest().Invoke("balloon", "0x1000000", SocketPath));
        Assert.Equal(16ul << 20, _balloon.TargetBytes);
        Assert.Equal("""{"ok":true}""", Exchange("""{"request":"balloon","bytes":4096}"""));
        Assert.Equal(4096ul, _balloon.TargetBytes);
    }

    [Fact]
    public void A_client_that_waits_is_answered_when_the_guest_has_followed_and_holds_up_nobody()
    {
        using var waiter = SeqPacketSocket.Connect(SocketPath);
        waiter.Send("""{"request":"balloon","bytes":8192,"wait":true}"""u8);
        waiter.Send("""{"request":"resume"}"""u8);
        using var other = ControlClient.Connect(SocketPath);
        Assert.True(other.Send(new ControlRequest { Request = "status" }, s_patience).Ok);
        Assert.False(waiter.WaitReadable(200));
        _balloon.WriteConfiguration(4, [2, 0, 0, 0]);

        Assert.Equal("""{"ok":true}""", Receive(waiter));
        Assert.Equal("""{"ok":true}""", Receive(waiter));
        Assert.Equal(["resume"], _vm.Calls);
    }

    [Fact]
    public void A_waiting_client_that_leaves_is_forgotten()
    {
        for (var i = 0; i < 20; i++)
        {
            using var waiter = SeqPacketSocket.Connect(SocketPath);
            waiter.Send("""{"request":"balloon","bytes":8192,"wait":true}"""u8);
        }

        Assert.Equal("""{"ok":true}""", Exchange("""{"request":"resume"}"""));
    }

    [Theory]
    [InlineData("""{"request":"balloon"}""", "no \\u0022bytes\\u0022")]
    [InlineData("""{"request":"balloon","bytes":67108865}""", "larger than the guest\\u0027s memory")]
    [InlineData("""{"request":"balloon","bytes":-1}""", "not of the form")]
    [InlineData("""{"request":"balloon","bytes":18446744073709551616}""", "not of the form")]
    [InlineData("""{"request":"balloon","bytes":"1"}""", "not of the form")]
    [InlineData("""{"request":"balloon_stats"}""", "no balloon driver")]
    public void A_wrong_request_is_answered_with_what_is_wrong(string request, string reason)
    {
        Assert.Contains(reason, Exchange(request), StringComparison.Ordinal);
        Assert.Equal(0ul, _balloon.TargetBytes);
    }

    [Fact]
    public void A_vm_without_a_balloon_says_so()
    {
        var path = Path.Combine(_directory, "other.sock");
        using var server = ControlServer.Listen(path);
        server.Start(new FakeVm());
        var failure = Assert.Throws<VmmException>(() => new CommandLineUnderTest().Invoke("balloon", "1", path));

        Assert.Contains("the VM has no balloon", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sizes_that_are_no_numbers_are_refused()
    {
        Assert.Throws<InvalidOptionException>(() => new CommandLineUnderTest().Invoke("balloon", "much", SocketPath));
    }

    [Fact]
    public void A_guest_that_does_not_answer_is_given_up_and_its_client_told()
    {
        ActivateWithStatistics();
        var start = Stopwatch.GetTimestamp();
        var answer = Exchange("""{"request":"balloon_stats"}""");

        Assert.Contains("has not answered within 5 s", answer, StringComparison.Ordinal);
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 4, 15);
    }

    [Fact]
    public void Statistics_are_printed_as_crosvm_prints_them()
    {
        var report = new BalloonReport(new BalloonStatistics { SwapIn = 1, FreeMemory = 42 }, 4096);
        var text = JsonSerializer.Serialize(new Vmm.CommandLine.BalloonOutput(report), Vmm.CommandLine.BalloonOutputJson.Default.BalloonOutput);

        Assert.StartsWith("{\n  \"BalloonStats\": {\n    \"stats\": {\n      \"swap_in\": 1,\n      \"swap_out\": null,\n", text, StringComparison.Ordinal);
        Assert.Contains("\"free_memory\": 42,", text, StringComparison.Ordinal);
        foreach (var name in (string[])["major_faults", "minor_faults", "total_memory", "available_memory", "disk_caches", "hugetlb_allocations", "hugetlb_failures", "shared_memory", "unevictable_memory"])
        {
            Assert.Contains($"\"{name}\": null,", text, StringComparison.Ordinal);
        }

        Assert.EndsWith("},\n    \"balloon_actual\": 4096\n  }\n}", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_longest_answer_fits_into_a_packet()
    {
        var members = typeof(BalloonStatistics).GetProperties().Select(
            static property => $"\"{JsonNamingPolicy.CamelCase.ConvertName(property.Name)}\":{ulong.MaxValue}");
        var text = "{\"ok\":true,\"balloonStats\":{\"stats\":{" + string.Join(',', members) + "},\"balloonActual\":0}}";
        var most = ControlJson.ReadResponse(Encoding.UTF8.GetBytes(text))!.BalloonStats!.Stats;
        var answer = ControlJson.Write(new ControlResponse { Ok = true, BalloonStats = new BalloonReport(most, ulong.MaxValue) });
        Assert.Equal(ulong.MaxValue, most.DirectReclaims);
        Assert.InRange(answer.Length, 500, ControlJson.MaxMessage);
    }

    private void ActivateWithStatistics()
    {
        QueueSetup Queue(int index)
        {
            var kick = new EventFd();
            _eventFds.Add(kick);
            var place = new GuestAddress(0x8000_0000 + ((ulong)index * 0x10000));
            return new QueueSetup(index, 128, place, place + 0x4000, place + 0x8000, kick, new Interrupt());
        }

        _balloon.Activate(new DeviceActivation(_memory, false, _balloon.Features & ~VirtioFeatures.PackedRing, [Queue(0), Queue(1), Queue(2)], new Signals()));
        Assert.True(SpinWait.SpinUntil(() => _balloon.TellsStatistics, s_patience));
    }

    private string Exchange(string packet)
    {
        using var client = SeqPacketSocket.Connect(SocketPath);
        client.Send(Encoding.UTF8.GetBytes(packet));
        return Receive(client);
    }

    private static string Receive(SeqPacketSocket client)
    {
        var buffer = new byte[4096];
        Assert.True(client.WaitReadable((int)s_patience.TotalMilliseconds));
        using var message = client.Receive(buffer);
        return Encoding.UTF8.GetString(buffer, 0, message.Length);
    }

    private sealed class Interrupt : IQueueInterrupt
    {
        public EventFd Trigger => throw new NotSupportedException();

        public void Signal()
        {
        }
    }

    private sealed class Signals : IDeviceSignals
    {
        public void ConfigurationChanged()
        {
        }

        public void NeedsReset(string reason)
        {
        }
    }
}
