namespace Kvm.Interop.Events;

/// <summary>A descriptor that is ready.</summary>
/// <param name="Events">What it is ready for.</param>
/// <param name="Token">The number it was added with.</param>
public readonly record struct EpollEntry(EpollEvents Events, ulong Token);
