namespace Pvmfw.Disk;

/// <summary>All that the disk driver needs of the machine. The firmware gives itself, tests a bus with the VMM's own devices, or with hostile ones.</summary>
public interface IDiskPlatform : IDeviceRegisters, IDmaMemory, IWaitClock;
