namespace Virtio.Block.Formats;

/// <summary>A disk image that cannot be used: what is wrong with which file, in one line.</summary>
/// <param name="file">The image as the user named it.</param>
/// <param name="fault">What is wrong, with the value seen and the limit, as a clause that follows the name.</param>
public sealed class DiskFormatException(string file, string fault) : Exception($"{file} {fault}")
{
    /// <summary>The image as the user named it.</summary>
    public string File { get; } = file;
}
