using System.Reflection;

namespace Vmm.CommandLine;

/// <summary>The version of this program.</summary>
public static class VmmVersion
{
    /// <summary>The version and, after a plus sign, the commit it was built from where that is known.</summary>
    public static string Text { get; } =
        typeof(VmmVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
