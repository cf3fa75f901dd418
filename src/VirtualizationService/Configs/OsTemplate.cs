using Virtualization;
using Virtualization.Aidl;
using Virtualization.Configuration;

namespace VirtualizationService.Configs;

/// <summary>What VMs of an operating system are made from: <c>etc/NAME.json</c> in AVF's form of a raw configuration. Paths are relative to the file.</summary>
public static class OsTemplate
{
    /// <summary>The systems that are there: the names of the templates.</summary>
    /// <param name="etc">Where templates are.</param>
    public static IReadOnlyList<string> List(string etc)
    {
        try
        {
            return [.. Directory.GetFiles(etc, "*.json").Select(static file => Path.GetFileNameWithoutExtension(file)!).Where(IsName).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Opens the files of a VM of a system.</summary>
    /// <param name="etc">Where templates are.</param>
    /// <param name="name">The system's name.</param>
    /// <param name="debuggable">Which of the initial RAM disks, where the template names none.</param>
    /// <exception cref="RefusedException">There is none of that name, it is not good (with line and column), or one of its files is missing.</exception>
    public static VirtualMachineRawConfig Open(string etc, string name, bool debuggable)
    {
        ArgumentNullException.ThrowIfNull(name);
        string file = Path.Combine(etc, $"{name}.json");
        // A name, not a path: it comes from the client.
        if (!IsName(name) || !File.Exists(file))
        {
            string known = string.Join(", ", List(etc));
            throw new RefusedException(Refusal.Argument, $"there is no operating system '{name}' in {etc}; there is {(known.Length > 0 ? known : "none")}");
        }

        try
        {
            VmConfigFile template = VmConfigFile.Load(file);
            if (template.Kernel is not null)
            {
                template.Initrd ??= DefaultInitrd(name, debuggable);
            }

            return template.Open(Path.GetDirectoryName(Path.GetFullPath(file))!);
        }
        catch (VirtualMachineException failure)
        {
            throw new RefusedException(Refusal.Failed, $"the operating system '{name}': {failure.Message}", failure);
        }
    }

    private static bool IsName(string name) => name.Length > 0 && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');

    /// <summary>AVF's names: <c>fs/NAME_initrd_normal.img</c>, <c>fs/NAME_initrd_debuggable.img</c>.</summary>
    private static string DefaultInitrd(string name, bool debuggable) => Path.Combine("fs", $"{name}_initrd_{(debuggable ? "debuggable" : "normal")}.img");
}
