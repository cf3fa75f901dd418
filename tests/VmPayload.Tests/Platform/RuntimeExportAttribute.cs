namespace System.Runtime;

/// <summary>In the library: the name of the C function that a method is.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RuntimeExportAttribute(string name) : Attribute
{
    internal string Name { get; } = name;
}
