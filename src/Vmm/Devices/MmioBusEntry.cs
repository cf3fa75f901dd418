using Vmm.Configuration;

namespace Vmm.Devices;

/// <summary>A device and its place on the <see cref="MmioBus"/>.</summary>
internal sealed record MmioBusEntry(string Name, AddressRange Range, IMmioDevice Device);
