using System.Text.Json;
using Kvm.Interop.Processes;

namespace Virtualization;

/// <summary>The process behind a VM that another client has started, found by the VM's record, which the service keeps in its temporary directory.</summary>
/// <remarks>The service's own interface has no call for it: there a VM belongs to the client that made it. The directory is its user's alone.</remarks>
internal static class VmmProcess
{
    private const string RecordName = "vm.json";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>Ends it, as the VM's own client does: the reason of death is <see cref="VirtualMachineStopReason.Killed"/>. A VM that has ended is left so.</summary>
    /// <exception cref="VirtualMachineException">It cannot be found, or does not end.</exception>
    /// <exception cref="Kvm.Interop.LinuxException">It is another user's.</exception>
    internal static void Kill(string temporaryDirectory)
    {
        using RunningProcess? vmm = Find(Path.Combine(temporaryDirectory, RecordName));
        vmm?.Kill();
        if (vmm?.WaitForEnd(s_patience) == false)
        {
            throw new VirtualMachineException($"the virtual machine monitor has not ended within {s_patience.TotalSeconds:0} seconds");
        }
    }

    private static RunningProcess? Find(string record)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(record));
            return json.RootElement.TryGetProperty("vmmPid", out JsonElement id) && json.RootElement.TryGetProperty("vmmStart", out JsonElement start)
                && id.TryGetInt32(out int number) && start.TryGetInt64(out long begin)
                ? RunningProcess.Find(number, begin)
                : throw new VirtualMachineException("it has not been started");
        }
        catch (Exception gone) when (gone is DirectoryNotFoundException or FileNotFoundException)
        {
            return null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            throw new VirtualMachineException($"its record cannot be read: {fault.Message}", fault);
        }
    }
}
