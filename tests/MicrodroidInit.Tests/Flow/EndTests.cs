using MicrodroidInit.Processes;
using MicrodroidInit.Tests.Machine;

namespace MicrodroidInit.Tests.Flow;

/// <summary>The life of the guest's processes, and its end.</summary>
public sealed class EndTests
{
    [Fact]
    public void A_manager_that_ends_with_status_0_ends_the_guest_well()
    {
        TestMachine machine = new TestGuest().Machine();
        Assert.Equal(InitEnd.PowerOff, machine.Run());
        Assert.Equal("", machine.Reason);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(255)]
    public void Another_status_resets_the_machine_and_leaves_the_reason_to_the_manager(int status)
    {
        TestMachine machine = new TestGuest { ManagerStatus = status << 8 }.Machine();
        Assert.Equal(InitEnd.Reset, machine.Run());
        Assert.Equal("", machine.Reason);
        Assert.Equal($"<3>init: microdroid_manager ended with status {status}", machine.Log);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(11 | 0x80)] // With a core dump.
    public void A_manager_that_a_signal_ends_could_not_tell_the_reason_itself(int status)
    {
        TestMachine machine = new TestGuest { ManagerStatus = status }.Machine();
        Assert.Equal(InitEnd.Reset, machine.Run());
        Assert.Equal($"MICRODROID_UNKNOWN_RUNTIME_ERROR|init: microdroid_manager was ended by signal {status & 0x7f}\n", machine.Reason);
    }

    [Fact]
    public void Orphans_are_taken_leave_of_several_at_a_time_while_the_manager_runs()
    {
        TestMachine machine = new TestGuest().Machine();
        machine.Events.Clear();
        machine.Children = 5;
        machine.Events.Enqueue((LinuxAbi.SIGCHLD, [(20, 0), (21, 9), (22, 256)]));
        machine.Events.Enqueue((LinuxAbi.SIGCHLD, []));
        machine.Events.Enqueue((LinuxAbi.SIGCHLD, [(23, 0), (10, 0), (24, 0)]));
        Assert.Equal(InitEnd.PowerOff, machine.Run());
        Assert.Equal(0, machine.Children);
        Assert.Empty(machine.Ended);
    }

    [Theory]
    [InlineData(LinuxAbi.SIGTERM)]
    [InlineData(LinuxAbi.SIGINT)]
    public void The_wish_to_end_is_passed_on_to_the_manager_once(int signal)
    {
        TestMachine machine = new TestGuest().Machine();
        machine.Events.Clear();
        machine.Events.Enqueue((signal, []));
        machine.Events.Enqueue((signal, []));
        machine.Events.Enqueue((LinuxAbi.SIGCHLD, [(10, 0)]));
        Assert.Equal(InitEnd.PowerOff, machine.Run());
        Assert.Single(machine.Calls, "kill 10 15");
        Assert.DoesNotContain("kill 10 9", machine.Calls);
    }

    [Fact]
    public void A_manager_that_does_not_end_when_asked_is_killed_after_ten_seconds()
    {
        TestMachine machine = new TestGuest().Machine();
        ulong begin = machine.Time;
        machine.Events.Clear();
        machine.Events.Enqueue((LinuxAbi.SIGTERM, []));
        machine.KillTakes = 10;
        Assert.Equal(InitEnd.Reset, machine.Run());
        Assert.Contains("kill 10 9", machine.Calls);
        Assert.InRange(machine.Time - begin, (ulong)ProcessLoop.ManagerDeadline, (ulong)ProcessLoop.ManagerDeadline + 100);
        Assert.EndsWith("microdroid_manager was ended by signal 9\n", machine.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Processes_that_outlive_the_manager_are_asked_to_end_then_killed()
    {
        TestMachine machine = new TestGuest().Machine();
        machine.Children = 2;
        ulong begin = machine.Time;
        Assert.Equal(InitEnd.PowerOff, machine.Run());
        Assert.Equal(["kill -1 15", "kill -1 9", "umount /mnt/encryptedstore", "sync"], machine.Calls[^4..]);
        Assert.InRange(machine.Time - begin, (ulong)ProcessLoop.OthersDeadline, (ulong)(2 * ProcessLoop.OthersDeadline) + 100);
    }

    [Fact]
    public void Processes_that_end_when_asked_are_not_waited_for_any_longer()
    {
        TestMachine machine = new TestGuest().Machine();
        machine.Children = 1;
        machine.Events.Enqueue((LinuxAbi.SIGCHLD, [(30, 0)]));
        Assert.Equal(InitEnd.PowerOff, machine.Run());
        Assert.DoesNotContain("kill -1 9", machine.Calls);
        Assert.InRange(machine.Time, 1000ul, 1100ul);
    }

    [Fact]
    public void The_loopback_interface_is_no_reason_not_to_run()
    {
        TestMachine machine = new TestGuest().Machine().Fail("loopback", 19);
        Assert.Equal(InitEnd.PowerOff, machine.Run());
        Assert.Equal("<4>init: the loopback interface is not up, error -19", machine.Log);
    }
}
