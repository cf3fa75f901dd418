namespace Vmm.Devices.Serial;

/// <summary>A <c>--serial</c> option that cannot be carried out; the message is one line that names the option, the object and the cause.</summary>
public sealed class SerialOptionException(string message, Exception? cause = null) : Exception(message, cause);
