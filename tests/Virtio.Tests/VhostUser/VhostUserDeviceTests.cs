using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using Kvm.Interop.Events;
using Kvm.Interop.Sockets;
using Virtio.Net;
using Virtio.Tests.Drivers;
using Virtio.VhostUser;

namespace Virtio.Tests.VhostUser;

public sealed class VhostUserDeviceTests : IDisposable
{
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(300);

    private readonly List<Exception> _errors = [];
    private readonly EventLoop _loop;
    private readonly List<TestBackEnd> _backEnds = [];
    private readonly ConcurrentQueue<string> _reports = new();
    private VhostUserDevice? _device;
    private MockDriver? _driver;

    public VhostUserDeviceTests()
    {
        _loop = new EventLoop("vhost test", _errors.Add);
        _loop.Start();
    }

    private TestBackEnd BackEnd => _backEnds[^1];

    private MockDriver Driver => _driver!;

    public void Dispose()
    {
        _driver?.Dispose();
        _loop.Stop();
        _device?.Dispose();
        _loop.Dispose();
        _backEnds.ForEach(backEnd => backEnd.Dispose());
        Assert.Empty(_errors);
        Assert.All(_backEnds, backEnd => Assert.Null(backEnd.Failure));
    }

    [Fact]
    public void A_back_end_gets_memory_rings_and_features_and_gives_them_back_at_reset()
    {
        Start(VhostUserKind.Block);
        Assert.Equal(VirtioDeviceType.Block, _device!.DeviceType);
        Driver.Activate(_device.Features | VirtioFeatures.Version1, size: 64);
        Wait(() => (BackEnd.Status & 4) != 0);
        Assert.Equal(Driver.Memory.File is not null, BackEnd.Memory is not null);
        Assert.Equal(MockDriver.MemoryStart, BackEnd.MemoryStart);
        Assert.Equal(_device.Features | VirtioFeatures.Version1 | TestBackEnd.ProtocolBit, BackEnd.AcceptedFeatures);
        Assert.Equal(64u, BackEnd.Sizes[0]);
        Assert.Equal(1u, BackEnd.Enabled[0]);

        // The same memory, the same kick, the same interrupt.
        Driver.Memory.Write(new(MockDriver.MemoryStart + 0x9000), 0x1234_5678u);
        unsafe
        {
            Assert.Equal(0x1234_5678u, *(uint*)(BackEnd.Memory!.Pointer + 0x9000));
        }

        byte[] count = new byte[8];
        Assert.True(BackEnd.Kicks[0].WaitReadable(5000), "the back end was not told to look at a ring that it may have seen too early");
        Assert.Equal(8, BackEnd.Kicks[0].Read(count));
        Driver.Queue(0).Kick();
        Assert.Equal(8, BackEnd.Kicks[0].Read(count));
        BackEnd.Calls[0].WriteAll([1, 0, 0, 0, 0, 0, 0, 0]);
        Assert.True(Driver.Queue(0).WaitForInterrupt(TimeSpan.FromSeconds(5)));

        Driver.Reset();
        Assert.Equal(0ul, BackEnd.Status);
        Assert.Equal(0u, BackEnd.Enabled[0]);
        Assert.Contains(11u, BackEnd.Requests);

        Driver.Activate();
        Wait(() => (BackEnd.Status & 4) != 0);
        Assert.Empty(Driver.Signals.Faults);
        Assert.Empty(_reports);
    }

    [Fact]
    public void A_back_end_with_the_least_of_the_protocol_serves_too()
    {
        Start(VhostUserKind.Net(new MacAddress(0x0200_0000_0009)), features: TestBackEnd.Version1 | (1 << 15) | (1 << 17) | (1 << 22) | (1 << 26), protocol: 0);
        Assert.Equal((1ul << 15) | (1ul << 5) | (1ul << 16), _device!.Features);
        Assert.Equal(2, _device.QueueSizes.Length);
        Driver.Activate();
        Wait(() => BackEnd.Kicks.Count == 2);
        Assert.DoesNotContain(18u, BackEnd.Requests); // enabling belongs to the protocol's features
        Driver.Reset();
        Assert.Equal(2, BackEnd.Requests.Count(request => request == 11));
    }

    [Fact]
    public void The_configuration_is_read_written_and_refreshed()
    {
        byte[] configuration = [.. Enumerable.Range(0, 60).Select(i => (byte)i)];
        Start(VhostUserKind.Block, configuration: configuration);
        byte[] read = new byte[8];
        _device!.ReadConfiguration(56, read);
        Assert.Equal([56, 57, 58, 59, 0, 0, 0, 0], read);
        Driver.Activate();
        _device.WriteConfiguration(32, [0xaa]);
        _device.WriteConfiguration(-1, [1]);
        _device.WriteConfiguration(60, [1]);
        _device.WriteConfiguration(59, [0xbb, 0xcc]);
        Wait(() => BackEnd.Requests.Contains(25u));
        Wait(() => configuration[32] == 0xaa && configuration[59] == 0xbb);

        Wait(() => BackEnd.Channel is not null);
        configuration[0] = 0x77;
        BackEnd.Channel!.WriteAll(TestBackEnd.Message(2, 1 | 8, []));
        Wait(() => Driver.Signals.ConfigurationChanges == 1);
        _device.ReadConfiguration(0, read);
        Assert.Equal(0x77, read[0]);
        byte[] answer = new byte[20];
        Assert.True(BackEnd.Channel.WaitReadable(5000));
        Assert.Equal(20, BackEnd.Channel.Read(answer));
        Assert.Equal(TestBackEnd.Message(2, 5, new byte[8]), answer);
    }

    [Fact]
    public void A_request_of_the_back_end_that_is_unknown_is_refused_and_one_that_is_wrong_ends_its_channel_alone()
    {
        Start(VhostUserKind.Block);
        Driver.Activate();
        Wait(() => BackEnd.Channel is not null);
        BackEnd.Channel!.WriteAll(TestBackEnd.Message(9, 1 | 8, new byte[16]));
        byte[] answer = new byte[20];
        Assert.True(BackEnd.Channel.WaitReadable(5000));
        BackEnd.Channel.Read(answer);
        Assert.NotEqual(0, answer[12]);
        BackEnd.Channel.WriteAll(TestBackEnd.Message(2, 1, [], size: uint.MaxValue));
        Thread.Sleep(50);
        Assert.Empty(Driver.Signals.Faults);
        Driver.Reset();
        Driver.Activate();
        Wait(() => (BackEnd.Status & 4) != 0);
    }

    [Theory]
    [InlineData(1u)]
    [InlineData(15u)]
    [InlineData(17u)]
    [InlineData(24u)]
    public void A_back_end_that_does_not_answer_is_refused_in_time(uint request)
    {
        long start = Stopwatch.GetTimestamp();
        var failure = Assert.Throws<VhostUserException>(() => Start(VhostUserKind.Block, bend: asked => asked == request ? [] : null));
        Assert.Contains($"request {request} ", failure.Message, StringComparison.Ordinal);
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void An_answer_of_a_wrong_kind_or_length_is_refused_without_reading_it()
    {
        byte[][] wrong =
        [
            TestBackEnd.Message(1, 5, new byte[8], size: uint.MaxValue),
            TestBackEnd.Message(1, 5, new byte[8], size: 9),
            TestBackEnd.Message(1, 5, [], size: 0),
            TestBackEnd.Message(1, 1, new byte[8]),
            TestBackEnd.Message(1, 6, new byte[8]),
            TestBackEnd.Message(2, 5, new byte[8]),
            new byte[20],
            [.. Enumerable.Repeat((byte)0xff, 4000)],
        ];
        foreach (byte[] answer in wrong)
        {
            Assert.Throws<VhostUserException>(() => Start(VhostUserKind.Block, bend: request => request == 1 ? answer : null));
        }
    }

    [Fact]
    public void A_back_end_that_refuses_to_share_memory_leaves_a_device_that_needs_a_reset()
    {
        Start(VhostUserKind.Block, bend: request => request == 5 ? TestBackEnd.Message(5, 5, [1, 0, 0, 0, 0, 0, 0, 0]) : null);
        Driver.Activate();
        Wait(() => !Driver.Signals.Faults.IsEmpty);
        Assert.Contains("refused request 5", Driver.Signals.Faults.First(), StringComparison.Ordinal);
        Driver.Reset();
    }

    [Fact]
    public void A_back_end_that_hangs_at_start_or_stop_holds_neither_driver_nor_reset()
    {
        foreach (uint silent in new uint[] { 5, 11, 39 })
        {
            Start(VhostUserKind.Block, bend: request => request == silent ? [] : null);
            long start = Stopwatch.GetTimestamp();
            Driver.Activate();
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(1), "a vCPU was held");
            Driver.Reset();
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(10));
            Assert.NotEmpty(_reports);
            Stop();
        }
    }

    [Fact]
    public void A_back_end_that_dies_leaves_a_device_that_needs_a_reset_and_is_replaced_after_it()
    {
        Start(VhostUserKind.Block);
        Driver.Activate();
        Wait(() => (BackEnd.Status & 4) != 0);
        BackEnd.Dispose();
        Wait(() => !Driver.Signals.Faults.IsEmpty);
        Driver.Reset();
        Driver.Activate();
        Wait(() => _backEnds.Count == 2 && (BackEnd.Status & 4) != 0);
        Assert.Empty(Driver.Signals.Faults);
        Assert.Equal(2, _reports.Count);
    }

    [Fact]
    public void A_network_card_without_its_back_end_shows_a_link_that_is_down()
    {
        Start(VhostUserKind.Net(new MacAddress(0x0200_0000_0009)), protocol: 1 << 3);
        Driver.Activate();
        Assert.Equal(1, Status());
        BackEnd.Dispose();
        Wait(() => Status() == 0);
        Wait(() => Driver.Signals.ConfigurationChanges == 1);
        Assert.Empty(Driver.Signals.Faults);
    }

    [Fact]
    public void Words_that_nobody_asked_for_end_the_connection()
    {
        Start(VhostUserKind.Block);
        Driver.Activate();
        Wait(() => (BackEnd.Status & 4) != 0);
        BackEnd.Say(new byte[100]);
        Wait(() => !Driver.Signals.Faults.IsEmpty);
    }

    [Fact]
    public void A_configuration_with_too_many_queues_is_refused()
    {
        byte[] configuration = new byte[60];
        BinaryPrimitives.WriteUInt16LittleEndian(configuration.AsSpan(34), 65);
        Assert.Throws<VhostUserException>(
            () => Start(VhostUserKind.Block, features: TestBackEnd.Version1 | TestBackEnd.ProtocolBit | (1 << 12), configuration: configuration));
        configuration.AsSpan().Fill(0xff);
        Assert.Throws<VhostUserException>(() => Start(VhostUserKind.Fs(null), configuration: configuration));
        Assert.Throws<VhostUserException>(
            () => Start(VhostUserKind.Console, features: TestBackEnd.Version1 | TestBackEnd.ProtocolBit | 2, configuration: configuration));
    }

    [Fact]
    public void A_shared_folder_has_the_tag_of_its_option_or_its_back_end()
    {
        Start(VhostUserKind.Fs("work"), protocol: 0);
        byte[] configuration = new byte[40];
        _device!.ReadConfiguration(0, configuration);
        Assert.Equal("work"u8.ToArray(), configuration[..4]);
        Assert.Equal(1, configuration[36]);
        Assert.Equal(2, _device.QueueSizes.Length);
        Stop();
        var failure = Assert.Throws<VhostUserException>(() => Start(VhostUserKind.Fs(null), protocol: 0));
        Assert.Contains("tag=", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_back_end_before_virtio_1_is_refused() =>
        Assert.Throws<VhostUserException>(() => Start(VhostUserKind.Block, features: TestBackEnd.ProtocolBit));

    [Fact]
    public void Nobody_behind_the_socket_is_one_line()
    {
        var settings = new VhostUserSettings(VhostUserKind.Block, "block 1", () => StreamSocket.Connect("/nonexistent/socket", TimeSpan.Zero));
        var failure = Assert.Throws<VhostUserException>(() => new VhostUserDevice(_loop, settings));
        Assert.Contains("ENOENT", failure.Message, StringComparison.Ordinal);
        Assert.Contains("/nonexistent/socket", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_random_driver_and_a_random_back_end_bring_down_neither_device_nor_process()
    {
        var random = new Random(30);
        Start(VhostUserKind.Block, patience: TimeSpan.FromMilliseconds(5), bend: _ =>
        {
            lock (random)
            {
                if (random.Next(200) != 0)
                {
                    return null;
                }

                byte[] bytes = new byte[random.Next(0, 64)];
                random.NextBytes(bytes);
                return bytes;
            }
        });
        var driver = new RandomDriver(_device!, Driver, seed: 31);
        driver.Run(100_000, TimeSpan.FromSeconds(60));
        Assert.True(driver.Resets > 0);
    }

    private static void Wait(Func<bool> condition)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20), "it did not come about within 20 s");
            Thread.Sleep(1);
        }
    }

    private void Start(
        VhostUserKind kind,
        ulong? features = null,
        ulong? protocol = null,
        byte[]? configuration = null,
        Func<uint, byte[]?>? bend = null,
        TimeSpan? patience = null)
    {
        StreamSocket Connect()
        {
            (StreamSocket socket, TestBackEnd backEnd) = TestBackEnd.Start(features, protocol, configuration, bend);
            _backEnds.Add(backEnd);
            return socket;
        }

        var settings = new VhostUserSettings(kind, "vhost test", Connect) { Patience = patience ?? s_short, Report = _reports.Enqueue };
        _device = new VhostUserDevice(_loop, settings);
        _driver = new MockDriver(_device);
    }

    private void Stop()
    {
        _driver!.Dispose();
        _driver = null;
        using var done = new ManualResetEventSlim();
        using LoopTask task = _loop.CreateTask(() =>
        {
            _device!.Dispose();
            done.Set();
        });
        task.Schedule();
        done.Wait();
        _device = null;
        _reports.Clear();
    }

    private int Status()
    {
        byte[] bytes = new byte[2];
        _device!.ReadConfiguration(6, bytes);
        return BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }
}
