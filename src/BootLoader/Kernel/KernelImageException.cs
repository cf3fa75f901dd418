namespace BootLoader.Kernel;

/// <summary>A kernel that cannot be loaded. The message is one line without the file's name: what the file is, the value seen, the limit.</summary>
/// <param name="message">The line.</param>
/// <param name="inner">What a decoder reported, if one did.</param>
public sealed class KernelImageException(string message, Exception? inner = null) : Exception(message, inner);
