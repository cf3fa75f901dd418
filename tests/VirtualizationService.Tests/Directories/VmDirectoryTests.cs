using Kvm.Interop.Files;
using Kvm.Interop.Processes;
using VirtualizationService.Directories;
using VirtualizationService.Rpc;

namespace VirtualizationService.Tests.Directories;

public sealed class VmDirectoryTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void A_VM_has_a_directory_of_mode_0700_that_goes_with_it()
    {
        using (VmDirectory directory = VmDirectory.TryMake(_root.Path, 2048)!)
        {
            Assert.Equal(_root["2048"], directory.Path);
            Assert.True(PrivateDirectory.IsAt(directory.Path));
            Assert.True(VmDirectory.IsHeld(directory.Path));
            File.WriteAllText(Path.Combine(directory.Path, "left"), "x");
        }

        Assert.False(Directory.Exists(_root["2048"]));
    }

    [Fact]
    public void The_directory_of_a_VM_that_runs_is_not_given_to_another()
    {
        using VmDirectory directory = VmDirectory.TryMake(_root.Path, 2048)!;

        Assert.Null(VmDirectory.TryMake(_root.Path, 2048));
        Assert.Empty(VmDirectory.Sweep(_root.Path));
        Assert.True(Directory.Exists(directory.Path));
    }

    [Fact]
    public void What_a_killed_process_left_is_swept_and_what_another_holds_is_not()
    {
        using VmDirectory kept = VmDirectory.TryMake(_root.Path, 2049)!;
        using ChildProcess holder = HoldInAnotherProcess("2048");
        Record(2048).Write(_root["2048"]);
        File.WriteAllText(Path.Combine(_root["2048"], "composite-0.img"), "x");
        Assert.Empty(VmDirectory.Sweep(_root.Path));
        Assert.Equal([2048], VmList.Below(_root.Path).Select(static vm => vm.Cid));

        holder.Kill();
        holder.Wait();

        Assert.Empty(VmList.Below(_root.Path));
        Assert.Equal([_root["2048"]], VmDirectory.Sweep(_root.Path));
        Assert.False(Directory.Exists(_root["2048"]));
        Assert.True(Directory.Exists(kept.Path));
    }

    [Fact]
    public void A_directory_that_a_killed_process_left_is_taken_over_empty()
    {
        Directory.CreateDirectory(_root["2048"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.WriteAllText(Path.Combine(_root["2048"], "composite-0.img"), "of another guest");

        using VmDirectory directory = VmDirectory.TryMake(_root.Path, 2048)!;

        Assert.False(File.Exists(Path.Combine(directory.Path, "composite-0.img")));
    }

    [Fact]
    public void A_VMM_that_outlived_its_manager_is_killed_by_the_sweep()
    {
        using ChildProcess vmm = ChildProcess.Start(new ChildProcessOptions("/bin/sleep", ["60"]));
        using ChildProcess other = ChildProcess.Start(new ChildProcessOptions("/bin/sleep", ["60"]));
        Leave(2048, vmm.Id, RunningProcess.StartOf(vmm.Id)!.Value);
        // The number of a process that began at another time is another process.
        Leave(2049, other.Id, RunningProcess.StartOf(other.Id)!.Value - 1);

        Assert.Equal(2, VmDirectory.Sweep(_root.Path).Count);

        Assert.True(vmm.TryWait(TimeSpan.FromSeconds(10), out _));
        Assert.False(other.TryWait(TimeSpan.FromMilliseconds(50), out _));
    }

    [Fact]
    public void Links_files_and_directories_with_other_names_are_left_alone()
    {
        using TemporaryDirectory elsewhere = new();
        elsewhere.Write("precious", "x");
        Directory.CreateSymbolicLink(_root["2048"], elsewhere.Path);
        _root.Write("2049", "a file");
        _root.Write("notes/precious", "x");

        Assert.Empty(VmDirectory.Sweep(_root.Path));
        Assert.Null(VmDirectory.TryMake(_root.Path, 2048));
        Assert.True(File.Exists(elsewhere["precious"]));
        Assert.True(File.Exists(_root["notes/precious"]));
    }

    [Fact]
    public void A_record_is_read_back_and_one_that_is_damaged_is_none()
    {
        Directory.CreateDirectory(_root["2048"]);
        VmRecord record = Record(2048) with { HostConsoleName = "/dev/pts/3", VmmPid = 7, VmmStart = 8 };
        record.Write(_root["2048"]);
        Assert.Equal(record, VmRecord.Read(_root["2048"]));

        string file = Path.Combine(_root["2048"], VmRecord.FileName);
        byte[] good = File.ReadAllBytes(file);
        for (int length = 0; length < good.Length; length++)
        {
            File.WriteAllBytes(file, good[..length]);
            Assert.Null(VmRecord.Read(_root["2048"]));
        }

        File.Delete(file);
        Assert.Null(VmRecord.Read(_root["2048"]));
        File.CreateSymbolicLink(file, "/etc/passwd");
        Assert.Null(VmRecord.Read(_root["2048"]));
    }

    [Fact]
    public void A_directory_of_the_system_service_must_be_this_users_alone()
    {
        Directory.CreateDirectory(_root["2048"]);

        Assert.Throws<RefusedException>(() => VmDirectory.Adopt(_root["2048"]));
        File.SetUnixFileMode(_root["2048"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using VmDirectory directory = VmDirectory.Adopt(_root["2048"]);
        Assert.Throws<RefusedException>(() => VmDirectory.Adopt(_root["2048"]));
    }

    private static VmRecord Record(uint cid) => new() { Cid = cid, Name = "web", RequesterUid = PrivateDirectory.User, RequesterPid = 1 };

    private void Leave(uint cid, int process, long start)
    {
        string path = _root[$"{cid}"];
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        (Record(cid) with { VmmPid = process, VmmStart = start }).Write(path);
        File.WriteAllText(Path.Combine(path, "lock"), "");
    }

    /// <summary>The lock belongs to the open file, which only the other process has when this returns.</summary>
    private ChildProcess HoldInAnotherProcess(string name)
    {
        Directory.CreateDirectory(_root[name], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _root.Write($"{name}/lock", "");
        using DiskDescriptor held = DiskDescriptor.Open(_root[$"{name}/lock"], writable: true, direct: false);
        Assert.True(held.TryLock(exclusive: true));
        return ChildProcess.Start(new ChildProcessOptions("/bin/sleep", ["60"]) { Descriptors = [new ChildDescriptor(held)] });
    }
}
