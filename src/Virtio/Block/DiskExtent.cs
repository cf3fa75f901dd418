using Kvm.Interop.Files;

namespace Virtio.Block;

/// <summary>Where a run of a disk's bytes lies, as <see cref="IDisk.Locate"/> found it.</summary>
/// <param name="Kind">What the run is.</param>
/// <param name="Length">Its length in bytes, from the offset asked for; at least 1, at most what was asked for.</param>
/// <param name="File">The file that has it; null unless <see cref="DiskExtentKind.File"/>. Open as long as the disk.</param>
/// <param name="FileOffset">Where in that file it begins.</param>
public readonly record struct DiskExtent(DiskExtentKind Kind, ulong Length, FileDescriptor? File = null, ulong FileOffset = 0);
