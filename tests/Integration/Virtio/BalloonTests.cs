using System.Globalization;
using System.Text.Json;
using Integration.Guests;
using Integration.Hosts;

namespace Integration.Virtio;

/// <summary>The balloon with Linux as its driver, and the host's memory as it shows it.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class BalloonTests(PlainKvm plain) : HostTests(plain.Host)
{
    private const long MiB = 1 << 20;

    // Memory that was used and is free again: only a balloon or a report gives it back.
    private const string UseAndFree = "dd if=/dev/zero of=/dev/shm/x bs=1M count=220 2>/dev/null; rm /dev/shm/x\n";

    private const string Watch = """
        echo ready
        while sleep 0.5; do awk '/MemFree/ { printf "free %d end\n", $2 / 1024 }' /proc/meminfo; done
        """;

    [Fact]
    public async Task A_balloon_of_half_the_memory_takes_it_from_the_guest_to_the_host_and_gives_it_back()
    {
        await using HostProcess vm = await Guest(UseAndFree + Watch).Start(Work);
        int at = await vm.Expect("ready");
        long free = await Free(vm, at);
        long used = (await Listed()).GetProperty("guestRss").GetInt64();
        Assert.True(used > 220 * MiB, $"the guest uses {used} bytes");

        (await Work.Run($"./vmm balloon {256 * MiB} {Socket} --wait")).ShouldExitWith(0);
        JsonElement half = await Listed();
        Assert.Equal(256 * MiB, half.GetProperty("balloonBytes").GetInt64());
        Assert.InRange(half.GetProperty("guestRss").GetInt64(), 1, used - (120 * MiB));
        Assert.InRange(await Free(vm, vm.Output.Length), 1, free - 200);

        JsonElement statistics = await Statistics();
        Assert.Equal(256 * MiB, statistics.GetProperty("balloon_actual").GetInt64());
        Assert.InRange(statistics.GetProperty("stats").GetProperty("total_memory").GetInt64(), 1, 512 * MiB);
        Assert.InRange(statistics.GetProperty("stats").GetProperty("free_memory").GetInt64(), 1, 256 * MiB);

        (await Work.Run($"./vmm suspend {Socket} && ./vmm resume {Socket} && ./vmm balloon 0 {Socket} --wait")).ShouldExitWith(0);
        Assert.InRange(await Free(vm, vm.Output.Length), free - 60, 512);
        await Stop(vm);
    }

    [Fact]
    public async Task Pages_that_become_free_are_reported_and_go_back_to_the_host_by_themselves()
    {
        await using HostProcess vm = await Guest("dd if=/dev/zero of=/dev/shm/x bs=1M count=220 2>/dev/null; echo filled; sleep 8; rm /dev/shm/x\n" + Watch, "--balloon-page-reporting").Start(Work);
        await vm.Expect("filled");
        long used = (await Listed()).GetProperty("guestRss").GetInt64();
        await vm.Expect("ready");
        long left = used;
        for (int i = 0; i < 30 && left > used - (150 * MiB); i++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1));
            left = (await Listed()).GetProperty("guestRss").GetInt64();
        }

        Assert.InRange(left, 1, used - (150 * MiB));
        await Stop(vm);
    }

    [Fact]
    public async Task A_guest_that_runs_out_of_memory_takes_it_back_from_the_balloon()
    {
        await using HostProcess vm = await Guest("""
            echo ready
            until [ "$(awk '/MemFree/ { print int($2 / 1024) }' /proc/meminfo)" -lt 120 ]; do sleep 0.2; done
            sleep 2
            mount -o remount,size=400m /dev/shm
            dd if=/dev/zero of=/dev/shm/y bs=1M count=250 2>/dev/null && echo "wrote all of it"
            sleep 100
            """).Start(Work);
        await vm.Expect("ready");
        (await Work.Run($"./vmm balloon {370 * MiB} {Socket} --wait")).ShouldExitWith(0);
        await vm.Expect("wrote all of it");
        Assert.InRange((await Listed()).GetProperty("balloonBytes").GetInt64(), 1, 330 * MiB);
        await Stop(vm);
    }

    [Fact]
    public async Task Memory_outside_the_balloon_at_the_start_is_what_was_asked_for()
    {
        await using HostProcess vm = await Guest("echo ready; sleep 100", "--init-mem 400").Start(Work);
        await vm.Expect("ready");
        long bytes = 0;
        for (int i = 0; i < 60 && bytes != 112 * MiB; i++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1));
            bytes = (await Listed()).GetProperty("balloonBytes").GetInt64();
        }

        Assert.Equal(112 * MiB, bytes);
        await Stop(vm);
    }

    private static string Socket => "$W/socket";

    private static LinuxGuest Guest(string command, string options = "") =>
        new(command) { MemoryMib = 512, Modules = true, Options = $"--name balloon --socket {Socket} {options}" };

    private static async Task<long> Free(HostProcess vm, int from)
    {
        int end = await vm.Expect(" end\n", await vm.Expect("free ", from));
        return long.Parse(vm.Output[..end].Split("free ")[^1].Split(' ')[0], CultureInfo.InvariantCulture);
    }

    private async Task<JsonElement> Listed()
    {
        string list = (await Work.Run("./vmm ls --json")).ShouldExitWith(0).Output;
        return JsonDocument.Parse(list).RootElement.EnumerateArray().Single(vm => vm.TryGetProperty("name", out JsonElement name) && name.GetString() == "balloon");
    }

    private async Task<JsonElement> Statistics() =>
        JsonDocument.Parse((await Work.Run($"./vmm balloon_stats {Socket}")).ShouldExitWith(0).Output).RootElement.GetProperty("BalloonStats");

    private async Task Stop(HostProcess vm)
    {
        (await Work.Run($"./vmm stop {Socket}")).ShouldExitWith(0);
        (await vm.End(TimeSpan.FromSeconds(60))).ShouldExitWith(0);
    }
}
