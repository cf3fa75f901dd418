namespace Virtualization.Binder;

/// <summary>How long an object's interface keeps its form (libbinder's Stability.h); it follows each object in a parcel.</summary>
internal static class Stability
{
    internal const int Undeclared = 0;
    internal const int Vendor = 0x03;

    /// <summary>As long as both sides are built together: what AVF's own interfaces have.</summary>
    internal const int System = 0x0c;
    internal const int Vintf = 0x3f;

    internal static bool IsDeclared(int value) => value is Vendor or System or Vintf;
}
