namespace Vmm.Control;

/// <summary>Which program answers.</summary>
/// <param name="Program">The version of <c>vmm</c>.</param>
/// <param name="Protocol">The version of the messages; it grows when a client of an earlier one would misread them.</param>
public sealed record ControlVersion(string Program, int Protocol)
{
    /// <summary>The protocol of these types.</summary>
    public const int CurrentProtocol = 2;
}
