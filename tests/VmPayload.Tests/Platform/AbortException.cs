namespace VmPayload.Platform;

/// <summary>The library would have aborted with this line.</summary>
public sealed class AbortException(string message) : Exception(message);
