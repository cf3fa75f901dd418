using System.CommandLine;
using Vmm.Configuration;
using Vmm.Outcome;

namespace Vmm.CommandLine;

/// <summary>Reads the four options that say how a VM is protected; one of them can be given.</summary>
internal static class ProtectionOption
{
    /// <summary>Reads them.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="options">The options.</param>
    /// <param name="firmware">The firmware that is named; null where none is.</param>
    /// <exception cref="InvalidOptionException">Two are given, or a path is empty.</exception>
    public static ProtectionMode Read(ParseResult result, RunOptions options, out string? firmware)
    {
        string? isolated = result.GetValue(options.ProtectedVmWithFirmware);
        string? normal = result.GetValue(options.UnprotectedVmWithFirmware);
        List<(string Option, ProtectionMode Mode, string? Firmware)> given = [];
        if (result.GetValue(options.ProtectedVm))
        {
            given.Add((options.ProtectedVm.Name, ProtectionMode.Protected, null));
        }

        if (isolated is not null)
        {
            given.Add((options.ProtectedVmWithFirmware.Name, ProtectionMode.ProtectedWithFirmware, isolated));
        }

        if (result.GetValue(options.ProtectedVmWithoutFirmware))
        {
            given.Add((options.ProtectedVmWithoutFirmware.Name, ProtectionMode.ProtectedWithoutFirmware, null));
        }

        if (normal is not null)
        {
            given.Add((options.UnprotectedVmWithFirmware.Name, ProtectionMode.UnprotectedWithFirmware, normal));
        }

        if (given.Count > 1)
        {
            throw new InvalidOptionException($"{given[0].Option} and {given[1].Option} exclude each other");
        }

        firmware = given.Count == 0 ? null : given[0].Firmware;
        if (firmware is "")
        {
            throw new InvalidOptionException($"{given[0].Option}: the path is empty");
        }

        return given.Count == 0 ? ProtectionMode.Unprotected : given[0].Mode;
    }
}
