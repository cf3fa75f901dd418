namespace BootLoader.Firmware.Making;

/// <summary>A firmware image cannot be made of what was given. The message names it.</summary>
/// <param name="message">One line: what, the value seen, the limit.</param>
public sealed class FirmwareImageException(string message) : Exception(message);
