using Kvm.Interop;

namespace HostProbe;

/// <summary>Checks of Kvm.Interop against the running kernel: one line each, exit status 1 when one failed, 2 for wrong usage.</summary>
internal static class Program
{
    private const string Usage = """
        usage: hostprobe api [--protected]         every interface once, with a guest of a few instructions
               hostprobe kick N [--protected]      kick a vCPU that spins in the guest N times while garbage is collected
               hostprobe exits N [--protected]     take N MMIO exits and count what they allocate
               hostprobe private [--protected]     what the host reaches of guest memory, shared and private
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
            default:
                Console.Error.WriteLine(Usage);
                return 2;
        }

        return checks.Failures == 0 ? 0 : 1;
    }
}
