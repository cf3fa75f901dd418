using System.Globalization;

namespace Integration.Microdroid;

/// <summary>What holds for every payload, protected or not; tests/Payloads/inspect looks.</summary>
internal static class GuestRules
{
    /// <summary>The options that run it.</summary>
    public const string Inspect = "payloads/inspect.apk";

    /// <summary>The user, the rights, what is closed to it.</summary>
    public static void CheckRights(GuestEnd end)
    {
        // busybox's id -G names the primary group alone where there is no other.
        Assert.Equal(["6000", "6000", "6000"], end.Section("id"));
        IReadOnlyList<string> rights = end.Section("rights");
        Assert.Equal(6, rights.Count);
        Assert.All(rights.Where(static line => line.StartsWith("Cap", StringComparison.Ordinal)), static line => Assert.EndsWith("\t0000000000000000", line, StringComparison.Ordinal));
        Assert.Contains("NoNewPrivs:\t1", rights);
        Assert.DoesNotContain(end.Section("devices"), static line => line.EndsWith(" can be opened", StringComparison.Ordinal));
        Assert.DoesNotContain(end.Section("files"), static line => line.EndsWith(" can be written", StringComparison.Ordinal));
    }

    /// <summary>What is used of the memory before the payload has used any, in MiB: what the VM was given less what is still to be had.</summary>
    public static long UsedMib(GuestEnd end, long givenMib)
    {
        long Kib(string name) => long.Parse(
            end.Section("memory").Single(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        return givenMib - (Kib("MemAvailable:") >> 10);
    }
}
