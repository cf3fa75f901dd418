namespace BootLoader.Gpt;

/// <summary>A partition table that cannot be written or read.</summary>
/// <param name="message">What is wrong, with the value seen and the limit.</param>
public sealed class GptException(string message) : Exception(message);
