using Vmm.Configuration;

namespace Vmm.Tests.Configuration;

public sealed class CrosvmCompatTests
{
    /// <summary>The day of each change and what reads it, as old and new value.</summary>
    public static TheoryData<string, Func<CrosvmCompat, object>, object, object> Changes => new()
    {
        { "2024-03-21", static compat => compat.CpuRegIsMpidr, false, true },
        { "2024-04-17", static compat => compat.CpuCompatibleIsArmv8, false, true },
        { "2024-05-06", static compat => compat.HighPciRangeIsPrefetchable, false, true },
        { "2025-01-22", static compat => compat.KernelSizeIsFileSize, false, true },
        { "2025-02-06", static compat => compat.InitrdAddressesAre64Bit, false, true },
        { "2025-02-27", static compat => compat.LowPciRangeIs32Bit, false, true },
        { "2025-04-15", static compat => compat.InterruptMapMaskIsSingle, false, true },
        { "2025-04-28", static compat => compat.EmptyReservedMemoryIsOmitted, false, true },
        { "2025-07-14", static compat => compat.MemoryNodeCoversFirmware, false, true },
        { "2025-10-28", static compat => compat.SveIsAutomatic, false, true },
        { "2026-02-11", static compat => compat.PlatformMmioSize, 0x80_0000UL, 0x4000_0000UL },
        { "2026-05-14", static compat => compat.RestrictedDmaAlignment, 0x1000UL, 0x1_0000UL },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_change_holds_from_its_day_on(string day, Func<CrosvmCompat, object> read, object before, object after)
    {
        var date = DateOnly.ParseExact(day, "yyyy-MM-dd");
        Assert.Equal(before, read(CrosvmCompat.On(date.AddDays(-1))));
        Assert.Equal(after, read(CrosvmCompat.On(date)));
        Assert.Equal(after, read(CrosvmCompat.Newest));
    }

    [Fact]
    public void Without_a_date_the_machine_is_the_newest() =>
        Assert.Equal(CrosvmCompat.Newest, new VmConfig { KernelPath = "Image" }.Compat);

    [Fact]
    public void Every_difference_is_in_the_table_of_these_tests() =>
        Assert.Equal(typeof(CrosvmCompat).GetProperties().Count(static property => property.GetMethod is { IsStatic: false, IsPublic: true }), Changes.Count);
}
