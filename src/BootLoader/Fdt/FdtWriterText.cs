using System.Text;

namespace BootLoader.Fdt;

/// <summary><see cref="FdtWriter"/> with .NET strings, for hosts; these allocate.</summary>
public static class FdtWriterText
{
    /// <summary>Starts a node; the root's name is empty.</summary>
    public static void BeginNode(this ref FdtWriter writer, string name) => writer.BeginNode(Encoding.UTF8.GetBytes(name));

    /// <summary>Adds a property with the given bytes; none make it a flag.</summary>
    public static void Property(this ref FdtWriter writer, string name, params ReadOnlySpan<byte> value) =>
        writer.Property(Encoding.UTF8.GetBytes(name), value);

    /// <summary>Adds a property of 32-bit cells.</summary>
    public static void PropertyU32(this ref FdtWriter writer, string name, params ReadOnlySpan<uint> cells) =>
        writer.PropertyU32(Encoding.UTF8.GetBytes(name), cells);

    /// <summary>Adds a property of 64-bit numbers, two cells each.</summary>
    public static void PropertyU64(this ref FdtWriter writer, string name, params ReadOnlySpan<ulong> numbers) =>
        writer.PropertyU64(Encoding.UTF8.GetBytes(name), numbers);

    /// <summary>Adds a property that is a string, or a list of them.</summary>
    public static void PropertyString(this ref FdtWriter writer, string name, params ReadOnlySpan<string> texts) =>
        writer.PropertyString(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(string.Join('\0', texts)));
}
