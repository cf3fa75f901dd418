namespace BootLoader.Compression;

/// <summary>Compressed data that cannot be decompressed: damaged, cut short, larger than its destination, or without a decoder here.</summary>
/// <param name="message">One clause that goes on after the name of the format.</param>
internal sealed class DecompressionException(string message) : Exception(message);
