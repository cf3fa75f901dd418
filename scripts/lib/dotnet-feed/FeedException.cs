namespace DotnetFeed;

/// <summary>An input is not what the assembled packs rest on; the message says which and how.</summary>
internal sealed class FeedException(string message) : Exception(message);
