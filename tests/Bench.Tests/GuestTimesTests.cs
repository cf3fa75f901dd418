namespace Bench.Tests;

public sealed class GuestTimesTests
{
    private static readonly TimedLine[] s_lines =
    [
        new(12.5, "device-mapper: ioctl: 4.50.0-ioctl (2025-04-28) initialised: dm-devel@lists.linux.dev\r"),
        new(13, "Run /init as init process\r"),
        new(13.25, "erofs (device dm-1): mounted with root inode @ nid 36.\r"),
        new(14, "microdroid # microdroid_manager: started."),
        new(15, "payload started"),
        new(15.5, "payload is ready"),
    ];

    [Fact]
    public void A_phase_lasts_from_the_end_of_the_one_before()
    {
        GuestTimes times = new(10);
        times.Add(GuestPhase.Virtmgr, 10.5);
        times.Add(GuestPhase.Vmm, 11);
        times.Add(GuestPhase.FirstRun, 11.75);
        times.Add(s_lines);

        Assert.Equal([500, 500, 750, 750, 500, 250, 750, 1000, 500], Enum.GetValues<GuestPhase>().Select(times.Of));
        Assert.Equal(5500, times.Until(GuestPhase.Ready));
    }

    [Fact]
    public void The_first_line_of_its_kind_counts_whatever_order_the_streams_are_read_in()
    {
        GuestTimes times = new(10);
        times.Add([.. s_lines.Reverse(), new TimedLine(99, "payload is ready")]);

        Assert.Equal(5500, times.Until(GuestPhase.Ready));
    }

    [Fact]
    public void What_a_guest_says_does_not_pass_for_the_words_of_vm()
    {
        GuestTimes times = new(0);
        times.Add([new TimedLine(1, "microdroid_manager: payload is ready"), new TimedLine(2, "payload is ready")]);

        Assert.Equal(2000, times.Until(GuestPhase.Ready));
    }

    [Fact]
    public void A_phase_that_was_not_seen_is_named()
    {
        GuestTimes times = new(0);
        times.Add(s_lines[..3]);

        Assert.Contains("Manager", Assert.Throws<InvalidDataException>(() => times.Of(GuestPhase.Manager)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_VMM_has_no_phases_of_vm_and_virtmgr()
    {
        GuestTimes times = new(10);
        times.Add(GuestPhase.FirstRun, 11);
        times.Add(s_lines);

        Assert.Equal(1000, times.Of(GuestPhase.FirstRun));
        Assert.Equal(1500, times.Of(GuestPhase.Drivers));
    }
}
