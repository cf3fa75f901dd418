using Vmm.Machine;

namespace HostProbe.Machines;

/// <summary>Machines in a row in one process give back every descriptor, thread and mapping, without help from finalizers.</summary>
internal static class RepeatedMachines
{
    private const int WarmUp = 3;

    internal static void Run(CheckList checks, bool isProtected, int count, string kernel) => checks.Check($"{count} machines", () =>
    {
        for (int i = 0; i < WarmUp; i++)
        {
            RunOne(kernel, isProtected);
        }

        int collections = GC.CollectionCount(0);
        (int Descriptors, int Threads, int Mappings) before = Count();
        for (int i = 0; i < count; i++)
        {
            RunOne(kernel, isProtected);
        }

        (int Descriptors, int Threads, int Mappings) after = Count();
        CheckList.Equal(before.Descriptors, after.Descriptors, "number of descriptors");
        CheckList.Equal(before.Threads, after.Threads, "number of threads");
        CheckList.Equal(before.Mappings, after.Mappings, "number of mappings of guest memory");
        return $"{after.Descriptors} descriptors, {after.Threads} threads before and after; {GC.CollectionCount(0) - collections} collections";
    });

    private static void RunOne(string kernel, bool isProtected)
    {
        using Machine machine = Machine.Create(GuestRun.Config(kernel, isProtected, memoryMib: 64, output: null));
        CheckList.Equal(VmExitReason.Stop, machine.Run().Reason, "end of the guest");
    }

    private static (int Descriptors, int Threads, int Mappings) Count() => (
        Directory.GetFileSystemEntries("/proc/self/fd").Length,
        Directory.GetDirectories("/proc/self/task").Length,
        Memory.GuestMappings.Of(Environment.ProcessId).Count);
}
