namespace Pvmfw.Platform;

/// <summary>The registers that a hypervisor call returns.</summary>
internal readonly struct SmcccResult(ulong x0, ulong x1, ulong x2, ulong x3)
{
    public ulong X0 { get; } = x0;

    public ulong X1 { get; } = x1;

    public ulong X2 { get; } = x2;

    public ulong X3 { get; } = x3;
}
