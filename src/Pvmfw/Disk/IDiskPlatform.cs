namespace Pvmfw.Disk;

/// <summary>All that the disk driver needs of the machine. The firmware gives itself, tests a bus with the VMM's own devices, or with hostile ones.</summary>
/// <remarks>An empty struct: of a class, the ahead-of-time compiler would share one body between all and look the machine up at run time.</remarks>
public interface IDiskPlatform : IDeviceRegisters, IDmaMemory, IWaitClock;
