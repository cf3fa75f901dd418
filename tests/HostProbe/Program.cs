using HostProbe.Machines;
using HostProbe.Memory;
using Kvm.Interop;

namespace HostProbe;

/// <summary>Checks of Kvm.Interop and of machines against the running kernel: one line each, exit status 1 when one failed, 2 for wrong usage.</summary>
internal static class Program
{
    private const string Usage = """
        usage: HostProbe api [--protected]                    every interface once, with a guest of a few instructions
               HostProbe kick N [--protected]                 kick a vCPU that spins in the guest N times while garbage is collected
               HostProbe exits N [--protected]                take N MMIO exits and count what they allocate
               HostProbe private [--protected]                what the host reaches of guest memory, shared and private
               HostProbe end [--protected]                    what is left of guest memory after the VM
               HostProbe machines N KERNEL [--protected]      run N machines of vmm in a row and count what they leave
               HostProbe suspend N KERNEL [--protected]       suspend a machine N times while garbage is collected
               HostProbe allocate KERNEL [--protected]        count what a machine allocates while it runs
               HostProbe load KERNEL ADDRESS [--protected]    load a guest's word through the VMM's mapping
               HostProbe scan PID WORD mem|readv              read all guest memory of another process
               HostProbe connect PATH                         connect standard input and output with a Unix stream socket
        """;

    private static int Main(string[] arguments)
    {
        bool isProtected = arguments.Contains("--protected");
        string[] words = [.. arguments.Where(a => a != "--protected")];
        CheckList checks = new();
        try
        {
            return Run(checks, words, isProtected);
        }
        catch (LinuxException e)
        {
            // The host cannot make the machine that the checks need.
            Console.WriteLine($"FAIL {string.Join(' ', arguments)}: {e.Message}");
            return 1;
        }
    }

    private static int Run(CheckList checks, string[] words, bool isProtected)
    {
        switch (words)
        {
            case ["api"]:
                ApiChecks.Run(checks, isProtected);
                break;
            case ["kick", var count] when int.TryParse(count, out int kicks) && kicks > 0:
                KickCheck.Run(checks, isProtected, kicks);
                break;
            case ["exits", var count] when int.TryParse(count, out int exits) && exits > 0:
                ExitCheck.Run(checks, isProtected, exits);
                break;
            case ["private"]:
                PrivateMemoryChecks.Run(checks, isProtected);
                break;
            case ["end"]:
                AfterEndCheck.Run(checks, isProtected);
                break;
            case ["machines", var count, var kernel] when int.TryParse(count, out int machines) && machines > 0:
                RepeatedMachines.Run(checks, isProtected, machines, kernel);
                break;
            case ["suspend", var count, var kernel] when int.TryParse(count, out int suspensions) && suspensions > 0:
                SuspendCheck.Run(checks, isProtected, suspensions, kernel);
                break;
            case ["allocate", var kernel]:
                AllocationCheck.Run(checks, isProtected, kernel);
                break;
            case ["load", var kernel, var address]:
                OwnMapping.Load(isProtected, kernel, address);
                break;
            case ["scan", var process, var word, var way] when way is "mem" or "readv":
                MemoryScan.Run(process, word, way);
                break;
            case ["connect", var path]:
                StreamClient.Run(path);
                break;
            default:
                Console.Error.WriteLine(Usage);
                return 2;
        }

        return checks.Failures == 0 ? 0 : 1;
    }
}
