using Virtio.Balloon;

namespace Vmm.Control;

/// <summary>What a guest says of its memory, and the size of its balloon.</summary>
/// <param name="Stats">The guest's statistics.</param>
/// <param name="BalloonActual">Bytes in the balloon.</param>
public sealed record BalloonReport(BalloonStatistics Stats, ulong BalloonActual);
