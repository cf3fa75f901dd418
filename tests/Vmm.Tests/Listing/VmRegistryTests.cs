using System.Diagnostics;
using Kvm.Interop.Files;
using Kvm.Interop.Sockets;
using Vmm.Control;
using Vmm.Listing;
using Vmm.Machine;
using Vmm.Outcome;
using Vmm.Tests.Control;

namespace Vmm.Tests.Listing;

public sealed class VmRegistryTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly string _directory = Directory.CreateTempSubdirectory("vmm-test-").FullName;
    private readonly List<IDisposable> _open = [];

    private string Place => Path.Combine(_directory, "vmm");

    public void Dispose()
    {
        _open.ForEach(static resource => resource.Dispose());
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void The_places_are_the_runtime_directory_and_then_one_in_tmp()
    {
        Assert.Equal(["/x/vmm", "/run/user/7/vmm", "/tmp/vmm-7"], VmRegistry.PlacesOf("/x", 7));
        Assert.Equal(["/run/user/7/vmm", "/tmp/vmm-7"], VmRegistry.PlacesOf("/run/user/7", 7));
        Assert.Equal(["/run/user/7/vmm", "/tmp/vmm-7"], VmRegistry.PlacesOf("relative", 7));
        Assert.Equal(["/run/user/7/vmm", "/tmp/vmm-7"], VmRegistry.PlacesOf(null, 7));
    }

    [Fact]
    public void A_vm_is_registered_listed_and_gone_with_its_end()
    {
        var registry = new VmRegistry([Path.Combine(_directory, "missing", "vmm"), Place]);
        var server = Start(registry, new FakeVm());
        var vm = Assert.Single(registry.List());

        Assert.Equal(Environment.ProcessId, vm.Pid);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Place));
        Assert.Equal("one", Assert.Single(VmSurvey.Ask([vm])).Status?.Name);
        server.Dispose();
        Assert.Empty(registry.List());
        Assert.Empty(Directory.GetFiles(Place));
        Assert.False(Directory.Exists(Path.Combine(_directory, "missing")));
    }

    [Fact]
    public void A_directory_that_others_can_enter_or_a_link_is_not_used()
    {
        Directory.CreateDirectory(Place);
        File.SetUnixFileMode(Place, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute);
        var real = Path.Combine(_directory, "real");
        Directory.CreateDirectory(real, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var link = Path.Combine(_directory, "link");
        Directory.CreateSymbolicLink(link, real);
        var file = Path.Combine(_directory, "file");
        File.WriteAllText(file, "");
        var registry = new VmRegistry([Place, link, file]);
        using var server = new ControlServer();
        registry.Register(server);

        Assert.Empty(registry.List());
        Assert.Empty(Directory.GetFileSystemEntries(real));
        Assert.Empty(Directory.GetFileSystemEntries(Place));
        Assert.False(PrivateDirectory.IsAt(link));
        Assert.True(PrivateDirectory.IsAt(real));
    }

    [Fact]
    public void What_a_killed_vm_left_is_removed_and_nothing_else()
    {
        Assert.True(PrivateDirectory.TryCreate(Place));
        using var sleeper = Process.Start("sleep", "60");
        var start = ProcessAge.StartInJiffies(sleeper.Id);
        var leftover = Leave($"{sleeper.Id}-{start - 1}.sock"); // an earlier process of that number
        var ended = Leave("4194400-5.sock"); // no process has such a number
        var running = Leave($"{sleeper.Id}-{start}.sock"); // just made, does not listen yet
        var other = Leave("other.sock");
        var file = Path.Combine(Place, "4194400-6.sock");
        File.WriteAllText(file, "no socket");
        var elsewhere = Path.Combine(Place, "4194400-7.sock"); // in another PID namespace: it answers
        _open.Add(SeqPacketSocket.Listen(elsewhere));

        var vms = new VmRegistry([Place]).List();
        sleeper.Kill();

        Assert.False(File.Exists(leftover));
        Assert.False(File.Exists(ended));
        Assert.True(File.Exists(running) && File.Exists(other) && File.Exists(file) && File.Exists(elsewhere));
        Assert.Contains(vms, vm => vm.Pid == sleeper.Id);
    }

    [Fact]
    public void A_vm_is_found_by_path_number_and_name()
    {
        var registry = new VmRegistry([Place]);
        Start(registry, new FakeVm());
        var path = registry.List()[0].SocketPath;

        Assert.Equal(path, registry.Resolve("one"));
        Assert.Equal(path, registry.Resolve($"{Environment.ProcessId}"));
        Assert.Equal("./one", registry.Resolve("./one"));
        Assert.Equal("two", registry.Resolve("two"));
        Assert.Equal("99999999999999999999", registry.Resolve("99999999999999999999"));
    }

    [Fact]
    public void A_name_that_two_vms_have_is_refused_with_their_numbers()
    {
        var registry = new VmRegistry([Place]);
        Start(registry, new FakeVm());
        using var sleeper = Process.Start("sleep", "60");
        var second = new ControlServer();
        _open.Add(second);
        second.Add(ControlSocket.Open(Path.Combine(Place, $"{sleeper.Id}-{ProcessAge.StartInJiffies(sleeper.Id)}.sock")));
        second.Start(new FakeVm());
        var failure = Assert.Throws<VmmException>(() => registry.Resolve("one"));
        sleeper.Kill();

        Assert.Contains($"{sleeper.Id}", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"{Environment.ProcessId}", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_vm_that_does_not_answer_is_silent_and_holds_up_the_others_for_three_seconds_at_most()
    {
        Assert.True(PrivateDirectory.TryCreate(Place));
        using var sleeper = Process.Start("sleep", "60");
        _open.Add(SeqPacketSocket.Listen(Path.Combine(Place, $"{sleeper.Id}-{ProcessAge.StartInJiffies(sleeper.Id)}.sock")));
        var registry = new VmRegistry([Place]);
        Start(registry, new FakeVm());
        var started = Stopwatch.GetTimestamp();
        var rows = new VmMeter().Measure(VmSurvey.Ask(registry.List()));
        sleeper.Kill();

        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 15);
        Assert.Equal("silent", rows.Single(row => row.Pid == sleeper.Id).State);
        Assert.Equal("running", rows.Single(static row => row.Pid == Environment.ProcessId).State);
    }

    private ControlServer Start(VmRegistry registry, FakeVm vm)
    {
        var server = new ControlServer();
        _open.Add(server);
        server.Start(vm, registry.Register);
        Assert.True(SpinWait.SpinUntil(() => registry.List().Count > 0, s_patience));
        return server;
    }

    private string Leave(string name)
    {
        var path = Path.Combine(Place, name);
        SeqPacketSocket.Listen(path).Dispose();
        return path;
    }
}
