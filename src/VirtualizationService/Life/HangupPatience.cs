using System.Globalization;

namespace VirtualizationService.Life;

/// <summary>How long a guest may take from its start until it says that its payload has started.</summary>
/// <remarks>
/// AVF's numbers: 30 s, and 300 s on a host that is itself a virtual machine, whose guests may be emulated. Such a host is known by its own
/// device tree or firmware being QEMU's. <c>VMM_HANGUP_SECONDS</c> overrides both.
/// </remarks>
public static class HangupPatience
{
    /// <summary>What overrides the time, in seconds; 0 waits for ever.</summary>
    public const string Variable = "VMM_HANGUP_SECONDS";

    private static readonly TimeSpan s_usual = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_nested = TimeSpan.FromSeconds(300);

    /// <summary>The time on this host.</summary>
    /// <exception cref="RefusedException">The variable is no number of seconds.</exception>
    public static TimeSpan OfThisHost() => Of(Environment.GetEnvironmentVariable(Variable), IsNested);

    /// <summary>The time.</summary>
    /// <param name="seconds">What the variable says.</param>
    /// <param name="isNested">Whether this host is a virtual machine.</param>
    /// <returns><see cref="Timeout.InfiniteTimeSpan"/> for no limit.</returns>
    public static TimeSpan Of(string? seconds, Func<bool> isNested)
    {
        ArgumentNullException.ThrowIfNull(isNested);
        if (string.IsNullOrEmpty(seconds))
        {
            return isNested() ? s_nested : s_usual;
        }

        const int Most = 24 * 60 * 60;
        return int.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= Most
            ? number == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(number)
            : throw new RefusedException(Refusal.Argument, $"{Variable}: '{seconds}' is no number of seconds from 0 (for ever) to {Most}");
    }

    private static bool IsNested() =>
        Says("/proc/device-tree/compatible", "linux,dummy-virt") || Says("/sys/class/dmi/id/sys_vendor", "QEMU");

    private static bool Says(string file, string word)
    {
        try
        {
            return File.ReadAllText(file).Contains(word, StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
