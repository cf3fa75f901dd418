using Mono.Cecil;

namespace DotnetFeed;

/// <summary>Reading assemblies, and making a ReadyToRun image an assembly of IL only.</summary>
internal static class Assemblies
{
    /// <summary>COMIMAGE_FLAGS_IL_LIBRARY: the image carries ReadyToRun code.</summary>
    private const ModuleAttributes IlLibrary = (ModuleAttributes)4;

    public static ModuleDefinition Read(string path) => ModuleDefinition.ReadModule(path, new ReaderParameters(ReadingMode.Deferred));

    public static ModuleDefinition ReadWhole(string path) => ModuleDefinition.ReadModule(path, new ReaderParameters(ReadingMode.Immediate));

    public static IEnumerable<TypeDefinition> AllTypes(this ModuleDefinition module) => module.Types.SelectMany(WithNested);

    public static bool IsIlOnly(this ModuleDefinition module) => module.Attributes.HasFlag(ModuleAttributes.ILOnly);

    /// <summary>The native code is dropped when the module is written; this makes its headers say so, for any processor.</summary>
    public static void MakeIlOnly(this ModuleDefinition module)
    {
        module.Attributes = (module.Attributes | ModuleAttributes.ILOnly) & ~IlLibrary;
        module.Architecture = TargetArchitecture.I386;
        module.Characteristics |= ModuleCharacteristics.NoSEH;
    }

    /// <summary>The namespace of the outermost type around this one.</summary>
    public static string OuterNamespace(this TypeDefinition type)
    {
        while (type.DeclaringType != null)
        {
            type = type.DeclaringType;
        }

        return type.Namespace;
    }

    /// <summary>Whether the body uses a member of a type whose full name starts so.</summary>
    public static bool RefersTo(this MethodDefinition method, string typePrefix) =>
        method.HasBody && method.Body.Instructions.Any(i =>
            i.Operand is MemberReference { DeclaringType: { } type } && type.FullName.StartsWith(typePrefix, StringComparison.Ordinal));

    private static IEnumerable<TypeDefinition> WithNested(TypeDefinition type) => type.NestedTypes.SelectMany(WithNested).Prepend(type);
}
