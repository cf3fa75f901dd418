using System.Text.Json;
using Integration.Hosts;

namespace Integration.Control;

/// <summary>The list of a user's VMs.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class ListTests(PlainKvm plain) : HostTests(plain.Host)
{
    private static string Run(string name) =>
        $"./vmm --extended-status run --cpus 2 --mem 64 --name {name} --serial type=file,path=$W/{name} guests/count.img </dev/null";

    [Fact]
    public async Task Vms_without_a_socket_of_their_own_are_listed_controlled_by_name_and_forgotten()
    {
        await using HostProcess one = Work.Start(Run("list-one"));
        await using HostProcess two = Work.Start(Run("list-two"));
        await WaitFor("./vmm ls | grep -q 'list-one *running' && ./vmm ls | grep -q 'list-two *running'");
        JsonElement listed = await Listed("list-one");
        Assert.Equal(2, listed.GetProperty("cpus").GetInt32());
        Assert.Equal(64, listed.GetProperty("memoryMib").GetInt32());
        Assert.True(listed.GetProperty("exitsPerSecond").GetDouble() > 0, $"{listed}");
        Assert.True(listed.GetProperty("guestRss").GetInt64() is > 0 and <= 64 << 20, $"{listed}");

        (await Work.Run("./vmm suspend list-one")).ShouldExitWith(0);
        Assert.Equal("suspended", (await Listed("list-one")).GetProperty("state").GetString());
        Assert.Equal("running", (await Listed("list-two")).GetProperty("state").GetString());
        int pid = (await Listed("list-two")).GetProperty("pid").GetInt32();

        (await Work.Run($"./vmm stop {pid}")).ShouldExitWith(0);
        (await two.End(TimeSpan.FromSeconds(60))).ShouldExitWith(0);
        Assert.DoesNotContain("list-two", (await Work.Run("./vmm ls")).Output, StringComparison.Ordinal);

        int killed = (await Listed("list-one")).GetProperty("pid").GetInt32();
        string socket = (await Listed("list-one")).GetProperty("socket").GetString()!;
        (await Work.Run($"kill -9 {killed}")).ShouldExitWith(0);
        (await one.End(TimeSpan.FromSeconds(60))).ShouldExitWith(137);
        Assert.DoesNotContain("list-one", (await Work.Run("./vmm ls")).ShouldExitWith(0).Output, StringComparison.Ordinal);
        Assert.Equal("gone\n", (await Work.Run($"[ -e {socket} ] || echo gone; ls /tmp | grep -E -- '-{killed}-'")).Output);
    }

    private async Task<JsonElement> Listed(string name)
    {
        string list = (await Work.Run("./vmm ls --json")).ShouldExitWith(0).Output;
        return JsonDocument.Parse(list).RootElement.EnumerateArray().Single(vm => vm.TryGetProperty("name", out JsonElement other) && other.GetString() == name);
    }

    private async Task WaitFor(string condition) =>
        (await Work.Run($"for i in $(seq 100); do {condition} && exit; sleep 0.2; done; exit 1")).ShouldExitWith(0);
}
