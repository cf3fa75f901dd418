using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Kvm.Interop.Events;
using Kvm.Interop.Memory;
using Virtio.Balloon;
using Virtio.Tests.Drivers;

namespace Virtio.Tests.Balloon;

public sealed class BalloonDeviceTests : IDisposable
{
    private const int Inflate = 0;
    private const int Deflate = 1;
    private const int Statistics = 2;
    private const uint Page = 4096;
    private const ulong Ram = 16 << 20;
    private const ulong Reporting = 1 << 5;
    private const ulong StatisticsFeature = 1 << 1;

    // The pages that tests fill lie behind the queues and buffers of the driver.
    private static readonly GuestAddress s_pages = new(MockDriver.MemoryStart + (8 << 20));

    private readonly List<Exception> _errors = [];
    private readonly EventLoop _loop;
    private readonly BalloonDevice _device;
    private readonly MockDriver _driver;

    public BalloonDeviceTests()
    {
        _loop = new EventLoop("balloon test", _errors.Add);
        _device = new BalloonDevice(_loop, new GuestRange(new GuestAddress(MockDriver.MemoryStart), Ram), reportsFreePages: true);
        _driver = new MockDriver(_device, Ram);
        _loop.Start();
    }

    public void Dispose()
    {
        _driver.Dispose();
        _loop.Stop();
        _device.Dispose();
        _loop.Dispose();
        Assert.Empty(_errors);
    }

    [Fact]
    public void Pages_in_the_balloon_go_back_to_the_host_and_others_stay()
    {
        _driver.Activate();
        Fill(8);
        // In the order of an allocator, with a page twice, and a hole.
        Send(Inflate, Number(3), Number(2), Number(2), Number(6), Number(1));

        Assert.Equal([true, false, false, false, true, true, false, true], Filled(8));
        Assert.Equal(4 * Page, _device.ReturnedBytes);
        Send(Deflate, Number(1), Number(2), Number(3), Number(6));
        Assert.Equal([true, false, false, false, true, true, false, true], Filled(8));
        Fill(8);
        Assert.Equal([true, true, true, true, true, true, true, true], Filled(8));
        Assert.Empty(_driver.Signals.Faults);
    }

    [Fact]
    public void Page_numbers_outside_the_guests_memory_are_skipped()
    {
        _driver.Activate();
        Fill(2);
        uint end = (uint)(_driver.MemoryEnd.Value >> 12);
        GuestAddress elsewhere = new(_driver.MemoryEnd.Value + (1 << 20)); // a region that is not RAM, as stolen time is
        _driver.Memory.GetSpan(elsewhere, 4096).Fill(0x77);
        Send(Inflate, 0, 1, Number(0) - 0x10000, end, end + 1, (uint)(elsewhere.Value >> 12), 0x7fff_ffff, 0x8000_0000, uint.MaxValue - 1, uint.MaxValue);

        Assert.Equal([true, true], Filled(2));
        Assert.Equal(0, _device.ReturnedBytes);
        Assert.Equal(-1, _driver.Memory.GetSpan(elsewhere, 4096).IndexOfAnyExcept((byte)0x77));
        Send(Inflate, end - 1, end, Number(1), uint.MaxValue);
        Assert.Equal([true, false], Filled(2));
        Assert.Equal(2 * Page, _device.ReturnedBytes);
        Assert.Empty(_driver.Signals.Faults);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    public void A_list_that_ends_inside_a_number_is_taken_without_it(int length)
    {
        _driver.Activate();
        Fill(3);
        byte[] list = [.. Bytes(Number(0), Number(1))];
        _driver.Queue(Inflate).Request(list.AsSpan(0, length));

        Assert.Equal([length < 4, true, true], Filled(3));
        Assert.Empty(_driver.Signals.Faults);
    }

    [Fact]
    public void A_long_list_is_taken_in_turns()
    {
        _driver.Activate();
        Fill(2048);
        GuestAddress place = _driver.Allocate(1 << 20);
        Span<uint> list = MemoryMarshal.Cast<byte, uint>(_driver.Memory.GetSpan(place, 1 << 20));
        for (int i = 0; i < list.Length; i++)
        {
            list[i] = Number((uint)i % 2048);
        }

        _driver.Queue(Inflate).Add(new MockBuffer(place, 1 << 20));
        _driver.Queue(Inflate).Kick();
        _driver.Queue(Inflate).Take();

        Assert.DoesNotContain(true, Filled(2048));
    }

    [Fact]
    public void An_odd_cut_between_descriptors_does_not_matter()
    {
        _driver.Activate();
        Fill(4);
        GuestAddress place = _driver.Allocate(12);
        _driver.Memory.Write(place, Bytes(Number(0), Number(1), Number(2)));
        _driver.Queue(Inflate).Add(new MockBuffer(place, 3), new MockBuffer(place + 3, 6), new MockBuffer(place + 9, 3));
        _driver.Queue(Inflate).Kick();
        _driver.Queue(Inflate).Take();

        Assert.Equal([false, false, false, true], Filled(4));
    }

    [Fact]
    public void The_target_is_shown_to_the_guest_and_what_it_says_is_shown_to_the_host()
    {
        int changes = 0;
        _device.Changed = () => changes++;
        _driver.Activate();
        _device.SetTarget((8 << 20) + 4095);
        _loop.Until(() => _driver.Signals.ConfigurationChanges > 0);
        byte[] configuration = new byte[20];
        _device.ReadConfiguration(0, configuration);

        Assert.Equal(2048u, BinaryPrimitives.ReadUInt32LittleEndian(configuration));
        Assert.Equal(8ul << 20, _device.TargetBytes);
        _device.WriteConfiguration(4, [0, 4, 0, 0]);
        Assert.Equal(1024ul * Page, _device.ActualBytes);
        Assert.Equal(1, changes);
        _device.WriteConfiguration(5, [8]);
        _device.WriteConfiguration(0, [9, 9, 9, 9, 1]);
        _device.WriteConfiguration(7, [0x80, 1, 2, 3]);
        _device.WriteConfiguration(int.MaxValue, [1, 2, 3, 4]);
        _device.WriteConfiguration(-2, [1, 2]);
        Assert.Equal(0x8000_0801ul * Page, _device.ActualBytes);
        Assert.Equal(8ul << 20, _device.TargetBytes);
    }

    [Fact]
    public void More_than_the_guest_has_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _device.SetTarget(Ram + 1));
        _device.SetTarget(Ram);
        Assert.Equal(Ram, _device.TargetBytes);
    }

    [Fact]
    public void A_reset_empties_the_balloon_and_keeps_the_target()
    {
        _driver.Activate();
        _device.SetTarget(1 << 20);
        _device.WriteConfiguration(4, [0, 1, 0, 0]);
        _driver.Reset();

        Assert.Equal(0ul, _device.ActualBytes);
        Assert.Equal(1ul << 20, _device.TargetBytes);
    }

    [Fact]
    public void Statistics_are_asked_for_and_answered_in_full()
    {
        _driver.Activate();
        Assert.True(WaitForStatistics());
        GiveStatistics((4, 1));
        _loop.Until(() => !_driver.Queue(Statistics).TryTake(out _));
        long number = _device.RequestStatistics();
        Assert.False(_device.TryGetStatistics(number, out _));
        _driver.Queue(Statistics).Take();
        (ushort Tag, ulong Value)[] all = [.. Enumerable.Range(0, 16).Select(i => ((ushort)i, (ulong)i + 100)), (65534, 1), (65535, 2), (1234, 9)];
        GiveStatistics(all);
        _loop.Until(() => _device.TryGetStatistics(number, out _));

        Assert.True(_device.TryGetStatistics(number, out BalloonStatistics statistics));
        Assert.Equal((100ul, 104ul, 105ul, 115ul), (statistics.SwapIn, statistics.FreeMemory, statistics.TotalMemory, statistics.DirectReclaims));
        Assert.Equal((1ul, 2ul), (statistics.SharedMemory, statistics.UnevictableMemory));
    }

    [Fact]
    public void Statistics_asked_for_twice_are_answered_twice()
    {
        _driver.Activate();
        Assert.True(WaitForStatistics());
        GiveStatistics((4, 1));
        _loop.Until(() => true);
        long first = _device.RequestStatistics();
        _driver.Queue(Statistics).Take();
        long second = _device.RequestStatistics();
        _loop.Until(() => true);
        GiveStatistics((4, 2));
        _driver.Queue(Statistics).Take();
        Assert.True(_device.TryGetStatistics(first, out BalloonStatistics statistics));
        Assert.Equal(2ul, statistics.FreeMemory);
        Assert.False(_device.TryGetStatistics(second, out _));
        GiveStatistics((4, 3));
        _loop.Until(() => _device.TryGetStatistics(second, out statistics));
        Assert.Equal(3ul, statistics.FreeMemory);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(11)]
    [InlineData(70_000)]
    public void A_buffer_of_statistics_of_any_length_is_survived(int length)
    {
        _driver.Activate();
        Assert.True(WaitForStatistics());
        GuestAddress place = _driver.Allocate(Math.Max(length, 1));
        _driver.Queue(Statistics).Add(length == 0 ? new MockBuffer(place, 1, Writable: true) : new MockBuffer(place, (uint)length));
        _driver.Queue(Statistics).Kick();
        _loop.Until(() => true);
        long number = _device.RequestStatistics();
        _driver.Queue(Statistics).Take();
        GiveStatistics((4, 77));
        _loop.Until(() => _device.TryGetStatistics(number, out _));

        Assert.True(_device.TryGetStatistics(number, out BalloonStatistics statistics));
        Assert.Equal(77ul, statistics.FreeMemory);
        Assert.Null(statistics.SwapIn);
    }

    [Fact]
    public void More_than_one_buffer_of_statistics_is_given_back()
    {
        _driver.Activate();
        Assert.True(WaitForStatistics());
        GiveStatistics((4, 1));
        GiveStatistics((4, 2));
        GiveStatistics((4, 3));
        _driver.Queue(Statistics).Take();
        _driver.Queue(Statistics).Take();
        Assert.Empty(_driver.Signals.Faults);
    }

    [Fact]
    public void A_driver_without_statistics_is_known_as_such()
    {
        Assert.False(_device.TellsStatistics);
        _driver.Activate(_device.Features & ~(StatisticsFeature | VirtioFeatures.PackedRing));
        _loop.Until(() => true);
        Assert.False(_device.TellsStatistics);
        _driver.Reset();
        _driver.Activate();
        Assert.True(WaitForStatistics());
        _driver.Reset();
        Assert.False(_device.TellsStatistics);
    }

    [Theory]
    [InlineData(4, true)]
    [InlineData(3, true)]
    [InlineData(2, false)]
    public void Free_pages_are_reported_on_the_queue_that_the_driver_chose(int queue, bool statistics)
    {
        _driver.Activate(Reporting | (statistics ? StatisticsFeature : 0), enabled: i => i < 2 || i == queue || (statistics && i == Statistics));
        Fill(8);
        _driver.Queue(queue).Add(
            new MockBuffer(s_pages + Page, 2 * Page, Writable: true),
            new MockBuffer(s_pages + (5 * Page) + 1, 2 * Page, Writable: true),
            new MockBuffer(new GuestAddress(_driver.MemoryEnd.Value + (1 << 20)), Page, Writable: true));
        _driver.Queue(queue).Kick();
        _driver.Queue(queue).Take();

        Assert.Equal([true, false, false, true, true, true, false, true], Filled(8));
        Assert.Equal(3 * Page, _device.ReturnedBytes);
    }

    [Fact]
    public void A_report_of_many_ranges_is_taken_in_turns()
    {
        _driver.Activate(Reporting | VirtioFeatures.IndirectDescriptors);
        Fill(600);
        MockBuffer[] ranges = [.. Enumerable.Range(0, 300).Select(i => new MockBuffer(s_pages + (uint)(i * 2 * Page), Page, Writable: true))];
        _driver.Queue(4).AddIndirect(ranges);
        _driver.Queue(4).Kick();
        _driver.Queue(4).Take();

        Assert.Equal(Enumerable.Range(0, 600).Select(i => i % 2 == 1), Filled(600));
    }

    [Fact]
    public void A_balloon_that_is_not_to_be_told_of_free_pages_offers_no_reports()
    {
        using var device = new BalloonDevice(_loop, new GuestRange(new GuestAddress(MockDriver.MemoryStart), Ram), initialBytes: 3 << 20);

        Assert.Equal(0ul, device.Features & Reporting);
        Assert.Equal(7ul, device.Features & 0xff);
        Assert.Equal(3, device.QueueSizes.Length);
        Assert.Equal(3ul << 20, device.TargetBytes);
    }

    [Fact]
    public void Nothing_is_allocated_for_pages_reports_and_statistics()
    {
        _driver.Activate();
        GuestAddress list = _driver.Allocate(1024);
        for (uint i = 0; i < 256; i++)
        {
            _driver.Memory.Write(list + (4 * i), Number(i * 3));
        }

        void Use(int count)
        {
            for (int i = 0; i < count; i++)
            {
                _driver.Queue(Inflate).Add(new MockBuffer(list, 1024));
                _driver.Queue(Inflate).Kick();
                _driver.Queue(Inflate).Take();
                _driver.Queue(4).Add(new MockBuffer(s_pages, 16 * Page, Writable: true));
                _driver.Queue(4).Kick();
                _driver.Queue(4).Take();
            }
        }

        Use(100);
        Assert.Equal(0, _loop.AllocatedBy(() => Use(50)));
    }

    [Fact]
    public void A_random_driver_harms_nothing()
    {
        var random = new RandomDriver(_device, _driver, seed: 5, static (random, queue) => queue == Statistics ? SomeStatistics(random) : SomePages(random));
        using var asking = new Timer(_ => _device.SetTarget((ulong)_device.RequestStatistics() % Ram), null, 1, 1);
        random.Run(100_000, TimeSpan.FromSeconds(30));
        Assert.True(random.Used > 100, $"{random.Used} buffers were used");

        _driver.Activate();
        Fill(1);
        Send(Inflate, Number(0));
        Assert.Equal([false], Filled(1));
    }

    private static byte[] SomePages(Random random)
    {
        // Not the pages of the queues: a guest that gives those away only harms itself, but this one would learn nothing any more.
        uint[] pages = new uint[random.Next(1, 300)];
        for (int i = 0; i < pages.Length; i++)
        {
            pages[i] = random.Next(4) == 0 ? (uint)random.NextInt64(1L << 32) : Number((uint)random.Next(2048));
        }

        return MemoryMarshal.AsBytes(pages.AsSpan()).ToArray();
    }

    private static byte[] SomeStatistics(Random random)
    {
        byte[] bytes = new byte[random.Next(1, 200)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static uint Number(uint page) => (uint)(s_pages.Value >> 12) + page;

    private static byte[] Bytes(params uint[] numbers) => MemoryMarshal.AsBytes(numbers.AsSpan()).ToArray();

    private bool WaitForStatistics()
    {
        _loop.Until(() => _device.TellsStatistics);
        return true;
    }

    private void Send(int queue, params uint[] numbers) => Assert.Empty(_driver.Queue(queue).Request(Bytes(numbers)));

    private void GiveStatistics(params (ushort Tag, ulong Value)[] values)
    {
        GuestAddress place = _driver.Allocate(values.Length * 10);
        for (int i = 0; i < values.Length; i++)
        {
            _driver.Memory.Write(place + (uint)(i * 10), values[i].Tag);
            _driver.Memory.Write(place + (uint)(i * 10) + 2, values[i].Value);
        }

        _driver.Queue(Statistics).Add(new MockBuffer(place, (uint)values.Length * 10));
        _driver.Queue(Statistics).Kick();
        _loop.Until(() => true);
        _loop.Until(() => true);
    }

    private void Fill(int pages) => _driver.Memory.GetSpan(s_pages, pages * (int)Page).Fill(0x5a);

    /// <summary>Whether each page still has what <see cref="Fill"/> wrote; a page that is neither whole nor empty fails.</summary>
    private bool[] Filled(int pages)
    {
        bool[] filled = new bool[pages];
        for (int i = 0; i < pages; i++)
        {
            Span<byte> page = _driver.Memory.GetSpan(s_pages + ((uint)i * Page), (int)Page);
            filled[i] = page[0] != 0;
            Assert.Equal(-1, page.IndexOfAnyExcept(page[0]));
        }

        return filled;
    }
}
