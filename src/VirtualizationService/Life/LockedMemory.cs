using System.Globalization;
using Kvm.Interop.Processes;

namespace VirtualizationService.Life;

/// <summary>A protected guest's memory stays locked in RAM, and counts against the limit of its user.</summary>
internal static class LockedMemory
{
    private const int CAP_IPC_LOCK = 14; // linux/capability.h

    /// <summary>Raises this process's limit, which the VMM inherits, as far as it may be.</summary>
    /// <param name="bytes">What the VM needs.</param>
    /// <exception cref="RefusedException">The hard limit is too low.</exception>
    public static void Require(long bytes)
    {
        LockedMemoryLimit limit = LockedMemoryLimit.Current;
        if (limit.Soft >= (ulong)bytes || IsUnlimited())
        {
            return;
        }

        if (limit.Hard < (ulong)bytes)
        {
            throw new RefusedException(
                Refusal.Failed,
                $"a protected virtual machine's memory stays locked in RAM: {bytes >> 20} MiB are needed, and this user may lock {limit.Hard >> 20} MiB; "
                + $"raise the limit (memlock in /etc/security/limits.conf, and log in again), start the system service, or give the VM less memory");
        }

        // All of it: several VMs of one client have one limit each, but the same one here.
        (limit with { Soft = limit.Hard }).Apply();
    }

    private static bool IsUnlimited()
    {
        const string Field = "CapEff:";
        string line = File.ReadLines("/proc/self/status").First(static line => line.StartsWith(Field, StringComparison.Ordinal));
        return (ulong.Parse(line.AsSpan(Field.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> CAP_IPC_LOCK & 1) != 0;
    }
}
