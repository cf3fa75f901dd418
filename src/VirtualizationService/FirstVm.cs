using System.Security.Cryptography;
using System.Text.Json;
using Virtualization;
using Virtualization.Configuration;
using VirtualizationService.Configs;
using VirtualizationService.Directories;

namespace VirtualizationService;

/// <summary>What the first VM of a process waits for longest, brought up while the client still prepares: how JSON is read and written, and OpenSSL.</summary>
internal static class FirstVm
{
    /// <summary>Brings it up. What is wrong with a file is said when a VM needs it.</summary>
    /// <param name="etc">The installation's <c>etc</c>.</param>
    public static void Expect(string etc)
    {
        try
        {
            foreach (string system in OsTemplate.List(etc))
            {
                _ = VmConfigFile.Load(Path.Combine(etc, $"{system}.json"));
            }
        }
        catch (VirtualMachineException)
        {
            // A VM of that system is refused with the same words.
        }

        _ = SHA512.HashData(ReadOnlySpan<byte>.Empty);
        _ = PayloadConfigFile.Parse("{}"u8, nameof(FirstVm));
        _ = JsonSerializer.SerializeToUtf8Bytes(new VmRecord { Cid = 0, Name = "", RequesterUid = 0, RequesterPid = 0 }, ServiceJson.Default.VmRecord);
    }
}
