namespace Pvmfw.DeviceTree;

/// <summary>Which rule the host's device tree breaks. For all of them the firmware gives <see cref="RebootReason.InvalidFdt"/>.</summary>
public enum TreeFault
{
    /// <summary>None.</summary>
    None,

    /// <summary>The window at X0 is not 2 MiB of RAM.</summary>
    WindowOutsideRam,

    /// <summary>The blob is no well-formed flattened device tree.</summary>
    Malformed,

    /// <summary>The root's addresses and sizes are not two cells each.</summary>
    RootCells,

    /// <summary>There is no node <c>memory</c>, or more than one.</summary>
    MemoryCount,

    /// <summary>Memory is not one range that starts at RAM or at the firmware below it.</summary>
    MemoryStart,

    /// <summary>Memory is empty, no multiple of a page, or reaches beyond the address limit.</summary>
    MemorySize,

    /// <summary>No node is compatible with <c>arm,armv8</c>.</summary>
    NoCpu,

    /// <summary>A CPU's <c>reg</c> is not the affinity of its place in the list.</summary>
    CpuReg,

    /// <summary>A CPU's capacity is not one cell.</summary>
    CpuCapacity,

    /// <summary>A CPU refers to operating points that are not there, or not of that kind.</summary>
    OperatingPointsMissing,

    /// <summary>A table of operating points has more than 20 entries or none.</summary>
    OperatingPointCount,

    /// <summary>An operating point's frequency is missing or not 64 bits wide.</summary>
    OperatingPointFrequency,

    /// <summary>The CPU map has more than three clusters, or a child that is none.</summary>
    CpuMapClusters,

    /// <summary>A cluster has more than ten cores, none, or a child that is none.</summary>
    CpuMapCores,

    /// <summary>A core of the CPU map names no CPU, or one that another core names.</summary>
    CpuMapCpu,

    /// <summary>There is no node <c>intc</c> that is a GICv3.</summary>
    GicMissing,

    /// <summary>The GIC's registers are not where this number of CPUs puts them.</summary>
    GicReg,

    /// <summary>There is no PCI node, or more than one.</summary>
    PciCount,

    /// <summary>PCI's <c>reg</c> is not 16 MiB between the fixed devices and the GIC.</summary>
    PciCam,

    /// <summary>PCI has not exactly two ranges.</summary>
    PciRangeCount,

    /// <summary>A PCI range is of no memory space, or of the 32-bit one and beyond 4 GiB.</summary>
    PciRangeSpace,

    /// <summary>A PCI range has another address on the bus than for the CPU.</summary>
    PciRangeTranslated,

    /// <summary>A PCI range is empty, wraps, or ends beyond the address limit.</summary>
    PciRangeEnd,

    /// <summary>A PCI range overlaps RAM, the firmware, another device, or the other range.</summary>
    PciRangeOverlap,

    /// <summary>The interrupt map's mask is not that of device number and pin.</summary>
    InterruptMapMask,

    /// <summary>The interrupt map has more than 16 entries, or a part of one.</summary>
    InterruptMapCount,

    /// <summary>An entry of the interrupt map is not that of its place: device, pin A, GIC, SPI, level-high.</summary>
    InterruptMapEntry,

    /// <summary>There is no vCPU stall detector, or more than one.</summary>
    WatchdogCount,

    /// <summary>The stall detector's registers are elsewhere.</summary>
    WatchdogReg,

    /// <summary>The stall detector's interrupt is another.</summary>
    WatchdogInterrupt,

    /// <summary>There are more than four UARTs.</summary>
    SerialCount,

    /// <summary>A UART is where none may be, or where another is.</summary>
    SerialReg,

    /// <summary>The real-time clock's registers are elsewhere.</summary>
    RtcReg,

    /// <summary>The performance monitors' interrupt is another.</summary>
    PmuInterrupt,

    /// <summary>The virtual cpufreq device is elsewhere, or not as large as this number of CPUs makes it.</summary>
    CpuFrequencyReg,

    /// <summary>There is no restricted DMA pool, or more than one.</summary>
    DmaPoolCount,

    /// <summary>The pool's size is zero, no multiple of a page, or not that of its range.</summary>
    DmaPoolSize,

    /// <summary>The pool's alignment is zero or no multiple of a page.</summary>
    DmaPoolAlignment,

    /// <summary>The pool's range is not inside RAM, or does not start at a page.</summary>
    DmaPoolRange,

    /// <summary>The pool has no range of its own, and this hypervisor cannot share memory on request.</summary>
    DmaPoolNotFixed,

    /// <summary>The pool's range and the device tree's window overlap.</summary>
    DmaPoolOverlap,

    /// <summary>The kernel's command line is no terminated string, or longer than the kernel takes.</summary>
    BootArguments,

    /// <summary>Only one end of the initial RAM disk is given, or one is of no known width, or it ends before it starts.</summary>
    Initrd,

    /// <summary>Address or size of the kernel is not one cell, or only one of them is given.</summary>
    KernelLocation,

    /// <summary>Under <c>/avf/untrusted</c> there is a property by which a kernel would take the node for a device.</summary>
    UntrustedProperty,

    /// <summary>The properties of <c>/avf</c> or of <c>/avf/untrusted</c> are more than the firmware keeps.</summary>
    AvfTooLarge,

    /// <summary>Two properties of <c>/avf</c> or of <c>/avf/untrusted</c> have one name.</summary>
    AvfDuplicate,

    /// <summary>A property of <c>/avf</c> is not what the device's own reference says.</summary>
    AvfMismatch,

    /// <summary>The instance's identifier is not 64 bytes.</summary>
    InstanceId,
}
