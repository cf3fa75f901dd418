namespace BootLoader.Fdt;

/// <summary>The outcome of reading or writing a blob without exceptions.</summary>
/// <param name="error">What is wrong; <see cref="FdtError.None"/> when nothing is.</param>
/// <param name="offset">Where, in bytes from the start of the blob.</param>
public readonly struct FdtFault(FdtError error, int offset)
{
    /// <summary>What is wrong; <see cref="FdtError.None"/> when nothing is.</summary>
    public FdtError Error { get; } = error;

    /// <summary>Where, in bytes from the start of the blob.</summary>
    public int Offset { get; } = offset;

    /// <summary>Whether the blob is good.</summary>
    public bool IsNone => Error == FdtError.None;
}
