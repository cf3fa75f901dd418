using Kvm.Interop.Processes;

namespace Kvm.Interop.Tests;

public class LockedMemoryLimitTests
{
    [Fact]
    public void The_limit_is_what_proc_says()
    {
        string line = File.ReadLines("/proc/self/limits").First(l => l.StartsWith("Max locked memory", StringComparison.Ordinal));
        string soft = line[26..].TrimStart().Split(' ')[0];
        ulong expected = soft == "unlimited" ? LockedMemoryLimit.Unlimited : ulong.Parse(soft, System.Globalization.CultureInfo.InvariantCulture);

        Assert.Equal(expected, LockedMemoryLimit.Current.Soft);
    }

    [Fact]
    public void A_lower_soft_limit_is_put_in_force_and_taken_back()
    {
        LockedMemoryLimit before = LockedMemoryLimit.Current;
        try
        {
            (before with { Soft = 0x10000 }).Apply();
            Assert.Equal(0x10000UL, LockedMemoryLimit.Current.Soft);
        }
        finally
        {
            before.Apply();
        }
    }
}
