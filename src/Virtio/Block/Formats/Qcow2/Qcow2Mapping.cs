namespace Virtio.Block.Formats.Qcow2;

/// <summary>What <see cref="Qcow2Tables.Map"/> found for a run of the disk.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Length">Bytes.</param>
/// <param name="FileOffset">Where it begins in the file; of <see cref="Qcow2MappingKind.File"/>.</param>
internal readonly record struct Qcow2Mapping(Qcow2MappingKind Kind, ulong Length, ulong FileOffset = 0);
