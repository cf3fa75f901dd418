namespace BootLoader.Fdt;

/// <summary>The outcome of reading or writing a blob without exceptions.</summary>
/// <param name="Error">What is wrong; <see cref="FdtError.None"/> when nothing is.</param>
/// <param name="Offset">Where, in bytes from the start of the blob.</param>
public readonly record struct FdtFault(FdtError Error, int Offset)
{
    /// <summary>Whether the blob is good.</summary>
    public bool IsNone => Error == FdtError.None;
}
