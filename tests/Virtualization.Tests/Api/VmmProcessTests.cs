using Kvm.Interop.Processes;

namespace Virtualization.Tests.Api;

/// <summary>A VM's process is found by its record.</summary>
public sealed class VmmProcessTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("vmm-process-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void It_is_killed_by_number_and_beginning()
    {
        using ChildProcess vmm = ChildProcess.Start(new ChildProcessOptions("/bin/sleep", ["60"]));
        long start = RunningProcess.StartOf(vmm.Id)!.Value;
        Write(vmm.Id, start - 1);
        VmmProcess.Kill(_directory.FullName);
        Assert.False(vmm.TryWait(TimeSpan.FromMilliseconds(50), out _));

        Write(vmm.Id, start);
        VmmProcess.Kill(_directory.FullName);

        Assert.True(vmm.TryWait(TimeSpan.Zero, out ChildExit exit));
        Assert.Equal(new ChildExit(null, 9), exit);
        VmmProcess.Kill(_directory.FullName);
    }

    [Theory]
    [InlineData("{}", "it has not been started")]
    [InlineData("{", "its record cannot be read: ")]
    [InlineData("[]", "its record cannot be read: ")]
    [InlineData("{\"vmmPid\": \"x\", \"vmmStart\": 1}", "its record cannot be read: ")]
    public void A_record_that_names_no_process_is_told(string record, string says)
    {
        File.WriteAllText(Path.Combine(_directory.FullName, "vm.json"), record);

        Assert.StartsWith(says, Assert.Throws<VirtualMachineException>(() => VmmProcess.Kill(_directory.FullName)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_VM_that_is_gone_has_ended_already()
    {
        VmmProcess.Kill(_directory.FullName);
        VmmProcess.Kill(Path.Combine(_directory.FullName, "gone"));
    }

    private void Write(int id, long start) =>
        File.WriteAllText(Path.Combine(_directory.FullName, "vm.json"), $$"""{"cid": 2048, "vmmPid": {{id}}, "vmmStart": {{start}}}""");
}
