namespace BootLoader.AndroidBoot;

/// <summary>One of the ramdisks of a vendor boot image.</summary>
/// <param name="Kind">What it is for.</param>
/// <param name="Name">Its name, ASCII, at most 31 characters.</param>
/// <param name="Content">The archive.</param>
/// <param name="BoardId">16 words that a boot loader may choose by; empty for zeros.</param>
public sealed record VendorRamdisk(VendorRamdiskKind Kind, string Name, ReadOnlyMemory<byte> Content, IReadOnlyList<uint> BoardId)
{
    /// <summary>Words of a board's id.</summary>
    public const int BoardIdWords = 16;
}
