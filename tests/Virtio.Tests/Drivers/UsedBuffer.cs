namespace Virtio.Tests.Drivers;

/// <summary>A buffer that the device gave back.</summary>
/// <param name="Id">Head index or buffer ID.</param>
/// <param name="Written">Bytes that the device says it wrote.</param>
internal readonly record struct UsedBuffer(ushort Id, uint Written);
