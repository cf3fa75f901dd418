using Vmm.Machine;

namespace HostProbe.Machines;

/// <summary>A whole run of a guest allocates no more than starting and ending it does, however often it exits.</summary>
internal static class AllocationCheck
{
    // What starting and ending takes. One object an exit would be a hundred times as much.
    private const long Limit = 64 * 1024;
    private const long LeastExits = 20_000;

    internal static void Run(CheckList checks, bool isProtected, string kernel) => checks.Check($"allocations of {Path.GetFileName(kernel)}", () =>
    {
        // Once for everything that is set up on first use.
        Measure(kernel, isProtected, out _);
        long bytes = Measure(kernel, isProtected, out long exits);
        CheckList.Equal(true, exits >= LeastExits, $"at least {LeastExits} exits, and not {exits},");
        CheckList.Equal(true, bytes <= Limit, $"at most {Limit} bytes allocated, and not {bytes},");
        return $"{bytes} bytes in {exits} exits";
    });

    private static long Measure(string kernel, bool isProtected, out long exits)
    {
        string output = Path.GetTempFileName();
        try
        {
            using Machine machine = Machine.Create(GuestRun.Config(kernel, isProtected, memoryMib: 64, output));
            long before = GC.GetTotalAllocatedBytes(precise: true);
            CheckList.Equal(VmExitReason.Stop, machine.Run().Reason, "end of the guest");
            long bytes = GC.GetTotalAllocatedBytes(precise: true) - before;
            exits = machine.Parts.Vcpus.Sum(vcpu => vcpu.Exits);
            return bytes;
        }
        finally
        {
            File.Delete(output);
        }
    }
}
