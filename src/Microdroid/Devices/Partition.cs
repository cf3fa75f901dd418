namespace Microdroid.Devices;

/// <summary>A partition of one of the VM's disks.</summary>
/// <param name="Label">Its name in the GPT, which the host has written.</param>
/// <param name="Device">The block device's path.</param>
/// <param name="Size">In bytes.</param>
internal readonly record struct Partition(string Label, string Device, long Size);
