using System.Text.Json;
using System.Text.Json.Serialization;
using Virtualization;
using Virtualization.Aidl;

namespace Vm.Listing;

/// <summary>What <c>vm info</c> says of a host, in the words of AVF's.</summary>
/// <param name="Capabilities">The kinds of VMs.</param>
/// <param name="HasKvm">/dev/kvm is there.</param>
/// <param name="HasVfio">/dev/vfio/vfio is there.</param>
/// <param name="HasVfioPlatform">The driver vfio-platform is there.</param>
internal sealed record HostInfo(VirtualMachineCapabilities Capabilities, bool HasKvm, bool HasVfio, bool HasVfioPlatform)
{
    /// <summary>Looks at this host.</summary>
    public static HostInfo Probe() => new(
        VirtualMachineManager.GetCapabilities(),
        File.Exists("/dev/kvm"),
        File.Exists("/dev/vfio/vfio"),
        Directory.Exists("/sys/bus/platform/drivers/vfio-platform"));

    public string ToText(IReadOnlyList<AssignableDevice> devices, IReadOnlyList<string> systems)
    {
        string support = Capabilities switch
        {
            VirtualMachineCapabilities.None => "VMs are not supported.",
            VirtualMachineCapabilities.ProtectedVm => "Only protected VMs are supported.",
            VirtualMachineCapabilities.NonProtectedVm => "Only non-protected VMs are supported.",
            _ => "Both protected and non-protected VMs are supported.",
        };
        // The names that Android gives its hypervisors (ro.boot.hypervisor.version).
        string version = Capabilities switch
        {
            VirtualMachineCapabilities.None => "Hypervisor version not set.",
            _ when Capabilities.HasFlag(VirtualMachineCapabilities.ProtectedVm) => "Hypervisor version: kvm.arm-protected",
            _ => "Hypervisor version: kvm.arm",
        };
        AssignableDeviceJson[] list = [.. devices.Select(static device => new AssignableDeviceJson(device.Node, device.DtboLabel))];
        return $"""
            {support}
            {version}
            {(HasKvm ? "/dev/kvm exists." : "/dev/kvm does not exist.")}
            {(HasVfio ? "/dev/vfio/vfio exists." : "/dev/vfio/vfio does not exist.")}
            {(HasVfioPlatform ? "VFIO-platform is supported." : "VFIO-platform is not supported.")}
            Assignable devices: {JsonSerializer.Serialize(list, InfoJson.Default.AssignableDeviceJsonArray)}
            Available OS list: {JsonSerializer.Serialize([.. systems], InfoJson.Default.StringArray)}

            """;
    }
}

/// <summary>A device as AVF's JSON has it.</summary>
internal sealed record AssignableDeviceJson([property: JsonPropertyName("node")] string Node, [property: JsonPropertyName("dtbo_label")] string DtboLabel);

/// <summary>Writes the lists.</summary>
[JsonSerializable(typeof(AssignableDeviceJson[]))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class InfoJson : JsonSerializerContext;
