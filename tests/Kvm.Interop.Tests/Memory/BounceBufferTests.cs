using Kvm.Interop.Memory;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Tests.Memory;

/// <summary>A page without access rights stands for a page that the hypervisor keeps: for both the kernel's own copy ends in EFAULT.</summary>
public sealed unsafe class BounceBufferTests : IDisposable
{
    private const ulong Page = 0x1000;
    private const ulong Start = 0x8000_0000;

    private readonly GuestMemory _memory = GuestMemory.Create([new(new(Start), 16 * Page), new(new(Start + (16 * Page)), Page)]);
    private readonly BounceBuffer _bounce;

    public BounceBufferTests() => _bounce = new BounceBuffer(_memory, (int)(4 * Page));

    public void Dispose()
    {
        _bounce.Dispose();
        _memory.Dispose();
    }

    [Fact]
    public void Bytes_go_both_ways_in_pieces_and_across_regions()
    {
        byte[] data = new byte[10 * Page];
        new Random(1).NextBytes(data);
        byte[] back = new byte[data.Length];

        Assert.Equal(GuestCopyResult.Copied, _bounce.Write(new(Start + (7 * Page)), data));
        Assert.Equal(GuestCopyResult.Copied, _bounce.Read(new(Start + (7 * Page)), back));
        Assert.Equal(data, back);
        Assert.Equal(data[^1], _memory.Read<byte>(new(Start + (17 * Page) - 1)));
    }

    [Fact]
    public void A_private_page_is_an_error_in_both_directions_and_keeps_its_content()
    {
        _memory.Write(new(Start + (2 * Page)), 0x5ec2e7);
        SetAccess(2, MemoryConstants.PROT_NONE);

        Assert.Equal(GuestCopyResult.Private, _bounce.Read(new(Start + (2 * Page)), out int value));
        Assert.Equal(0, value);
        Assert.Equal(GuestCopyResult.Private, _bounce.Write(new(Start + (2 * Page)), 1));

        SetAccess(2, MemoryConstants.PROT_READ | MemoryConstants.PROT_WRITE);
        Assert.Equal(0x5ec2e7, _memory.Read<int>(new(Start + (2 * Page))));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public void A_private_page_anywhere_in_a_long_copy_is_found(int index)
    {
        SetAccess(index, MemoryConstants.PROT_NONE);

        Assert.Equal(GuestCopyResult.Private, _bounce.Read(new(Start + 8), new byte[6 * Page]));
        Assert.Equal(GuestCopyResult.Private, _bounce.Write(new(Start + 8), new byte[6 * Page]));
    }

    [Fact]
    public void A_page_that_may_only_be_read_is_private_to_writes()
    {
        SetAccess(1, MemoryConstants.PROT_READ);

        Assert.Equal(GuestCopyResult.Copied, _bounce.Read(new(Start + Page), out int _));
        Assert.Equal(GuestCopyResult.Private, _bounce.Write(new(Start + Page), 1));
    }

    [Theory]
    [InlineData(Start - 1, 4)]
    [InlineData(Start + (17 * Page) - 3, 4)]
    [InlineData(ulong.MaxValue, 4)]
    [InlineData(0, 1)]
    public void An_access_outside_guest_memory_is_told_apart_and_copies_nothing(ulong address, int length)
    {
        byte[] untouched = [7, 7, 7, 7];

        Assert.Equal(GuestCopyResult.OutsideMemory, _bounce.Read(new(address), untouched.AsSpan(0, length)));
        Assert.Equal([7, 7, 7, 7], untouched);
        Assert.Equal(GuestCopyResult.OutsideMemory, _bounce.Write(new(address), untouched.AsSpan(0, length)));
        Assert.Equal(0, _memory.Read<byte>(new(Start + (17 * Page) - 1)));
    }

    [Fact]
    public void A_copy_of_nothing_succeeds() => Assert.Equal(GuestCopyResult.Copied, _bounce.Read(new(0), Span<byte>.Empty));

    [Fact]
    public void A_copy_allocates_nothing()
    {
        byte[] data = new byte[5 * Page];
        Assert.Equal(0, Allocations.OfThousand(() =>
        {
            _bounce.Write(new(Start), data);
            _bounce.Read(new(Start), data);
        }));
    }

    private void SetAccess(int index, int protection)
    {
        byte* page = _memory.GetPointer(new(Start + ((ulong)index * Page)), Page);
        Assert.Equal(0, Libc.mprotect((nint)page, (nuint)Page, protection));
    }
}
