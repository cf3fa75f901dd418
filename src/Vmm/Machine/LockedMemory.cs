using System.Globalization;
using Kvm.Interop.Processes;
using Vmm.Outcome;

namespace Vmm.Machine;

/// <summary>Whether this process may lock as much memory as a protected guest has: the hypervisor pins each page that the guest touches.</summary>
public static class LockedMemory
{
    private const int CAP_IPC_LOCK = 14; // linux/capability.h

    /// <summary>Whether the limit does not hold for this process (CAP_IPC_LOCK).</summary>
    public static bool IsUnlimited
    {
        get
        {
            const string Field = "CapEff:";
            string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(Field, StringComparison.Ordinal));
            ulong capabilities = ulong.Parse(line.AsSpan(Field.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            return (capabilities >> CAP_IPC_LOCK & 1) != 0;
        }
    }

    /// <summary>Raises the soft limit as far as needed, and refuses where the hard limit is in the way.</summary>
    /// <param name="bytes">Guest RAM.</param>
    /// <exception cref="VmmException">The limit is too low; the message says how to raise it.</exception>
    public static void Require(ulong bytes)
    {
        LockedMemoryLimit limit = LockedMemoryLimit.Current;
        if (limit.Soft >= bytes || IsUnlimited)
        {
            return;
        }

        if (limit.Hard < bytes)
        {
            throw new VmmException(
                $"a protected guest's memory stays locked in RAM: {bytes >> 20} MiB are needed, this process may lock {limit.Hard >> 20} MiB; "
                + $"raise the limit (ulimit -l {bytes >> 10}, or memlock in /etc/security/limits.conf) or use a smaller --mem");
        }

        (limit with { Soft = bytes }).Apply();
    }
}
