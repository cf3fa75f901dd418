namespace Virtualization.Aidl;

/// <summary>What a touch device is touched on.</summary>
/// <param name="Width">Points in a line.</param>
/// <param name="Height">Lines.</param>
/// <param name="Name">The device's name in the guest.</param>
public readonly record struct TouchSurface(int Width, int Height, string Name);
