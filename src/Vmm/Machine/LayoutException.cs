using Vmm.Outcome;

namespace Vmm.Machine;

/// <summary>A machine that was asked for cannot be laid out; the message is one line that names the option to change.</summary>
public sealed class LayoutException(string message) : VmmException(message);
