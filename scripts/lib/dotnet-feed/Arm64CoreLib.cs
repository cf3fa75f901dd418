using Mono.Cecil;
using Mono.Cecil.Cil;

namespace DotnetFeed;

/// <summary>
/// Makes System.Private.CoreLib for linux-arm64, IL only, with the whole API. It starts from the x64 pack's, which is
/// whole, and takes what depends on the processor from a genuine arm64 one, from which unused API was trimmed. That is
/// little and known: the layouts the runtime reads and writes in exception handling, paddings to the size of a cache
/// line, bodies that use Arm intrinsics, a few that the source compiles per processor, the constants that name it, and
/// the intrinsics themselves (<see cref="ProcessorIntrinsics"/>). <see cref="FeedVerifier"/> compares the result.
/// </summary>
internal sealed class Arm64CoreLib
{
    /// <summary>RuntimeInformation's own constant for the processor: Architecture.X64 and Architecture.Arm64.</summary>
    private static readonly OpCode s_x64 = OpCodes.Ldc_I4_1, s_arm64 = OpCodes.Ldc_I4_3;

    /// <summary>Bodies that depend on the processor, or on the native runtime's servicing level, without an Arm intrinsic.</summary>
    private static readonly string[] s_otherBodies =
    [
        "System.Runtime.EH::DispatchEx(", // arm64 keeps the handling frame's program counter in ExInfo
        "System.SpanHelpers::Memmove(", // no threshold for the native memmove on arm64
        "System.Reflection.MetadataImport::GetMarshalAs(", // the signature that the arm64 host's runtime has
    ];

    private readonly Dictionary<string, TypeDefinition> _resultTypes;
    private readonly Dictionary<string, TypeDefinition> _arm64Types;
    private readonly ReferenceImporter _importer;
    private int _layouts;

    private Arm64CoreLib(ModuleDefinition x64, ModuleDefinition arm64)
    {
        _resultTypes = x64.AllTypes().ToDictionary(t => t.FullName);
        _arm64Types = arm64.AllTypes().ToDictionary(t => t.FullName);
        _importer = new ReferenceImporter(x64, _resultTypes);
    }

    /// <summary>Writes the merged assembly to <paramref name="output"/>.</summary>
    public static void Write(string x64CoreLib, string arm64CoreLib, string output)
    {
        using ModuleDefinition x64 = Assemblies.ReadWhole(x64CoreLib);
        using ModuleDefinition arm64 = Assemblies.ReadWhole(arm64CoreLib);
        var merge = new Arm64CoreLib(x64, arm64);
        merge.TakeLayouts();
        merge.TakeBodies();
        merge.NameTheProcessor();
        merge.DropUnboundCall();
        ProcessorIntrinsics.TurnAround(x64, merge._resultTypes);
        x64.MakeIlOnly();
        x64.Write(output);
        Console.WriteLine($"CoreLib: {merge._importer.Bodies} bodies and {merge._layouts} layouts from arm64, {merge._importer.Added} members added");
    }

    private void TakeLayouts()
    {
        foreach (TypeDefinition from in _arm64Types.Values)
        {
            if (!from.FullName.StartsWith("<PrivateImplementationDetails>", StringComparison.Ordinal)
                && _resultTypes.TryGetValue(from.FullName, out TypeDefinition? to)
                && TakeLayout(from, to))
            {
                _layouts++;
            }
        }
    }

    private bool TakeLayout(TypeDefinition from, TypeDefinition to)
    {
        bool changed = (to.PackingSize, to.ClassSize) != (from.PackingSize, from.ClassSize);
        to.PackingSize = from.PackingSize;
        to.ClassSize = from.ClassSize;
        foreach (FieldDefinition source in from.Fields)
        {
            FieldDefinition? field = to.Fields.FirstOrDefault(f => f.Name == source.Name);
            if (field == null)
            {
                if (from.HasGenericParameters)
                {
                    throw new FeedException($"a generic type has an arm64 field: {source.FullName}");
                }

                field = new FieldDefinition(source.Name, source.Attributes, PlainType(source.FieldType));
                to.Fields.Add(field);
            }
            else if (field.Offset == source.Offset && Equals(field.Constant, source.Constant))
            {
                continue;
            }

            if (from.IsExplicitLayout)
            {
                field.Offset = source.Offset;
            }

            if (source.HasConstant)
            {
                field.Constant = source.Constant;
            }

            changed = true;
        }

        return changed;
    }

    private TypeReference PlainType(TypeReference type) => type switch
    {
        PointerType pointer => new PointerType(PlainType(pointer.ElementType)),
        RequiredModifierType modified => new RequiredModifierType(PlainType(modified.ModifierType), PlainType(modified.ElementType)),
        ArrayType array => new ArrayType(PlainType(array.ElementType)),
        _ => _resultTypes[type.FullName],
    };

    private void TakeBodies()
    {
        foreach (TypeDefinition from in _arm64Types.Values)
        {
            if (!_resultTypes.TryGetValue(from.FullName, out TypeDefinition? to) || ProcessorIntrinsics.IsProcessorNamespace(from.OuterNamespace()))
            {
                continue;
            }

            var methods = to.Methods.GroupBy(m => m.FullName).ToDictionary(g => g.Key, g => g.First());
            foreach (MethodDefinition source in from.Methods.Where(DependsOnProcessor))
            {
                if (methods.TryGetValue(source.FullName, out MethodDefinition? method)
                    && method.HasBody
                    && MethodText.Of(method) != MethodText.Of(source))
                {
                    _importer.Enqueue(source, method);
                }
            }
        }

        _importer.CopyPending();
    }

    private static bool DependsOnProcessor(MethodDefinition method) =>
        method.HasBody
        && !method.Body.Instructions.Any(i => i.Operand is "Linked away")
        && (method.RefersTo(ProcessorIntrinsics.Arm)
            || method.Body.Instructions.Any(i => i.Operand is MethodReference
            {
                FullName: "System.Boolean System.Runtime.Intrinsics.Vector64::get_IsHardwareAccelerated()",
            })
            || s_otherBodies.Any(b => method.FullName.Contains(b, StringComparison.Ordinal)));

    private void NameTheProcessor()
    {
        int found = 0;
        TypeDefinition type = _resultTypes["System.Runtime.InteropServices.RuntimeInformation"];
        foreach (MethodDefinition method in type.Methods.Where(m => m.Name is "get_ProcessArchitecture" or "get_OSArchitecture"))
        {
            // The one returns the constant, the other falls back to it through a local variable.
            foreach (Instruction constant in method.Body.Instructions.Where(i =>
                i.OpCode == s_x64
                && (i.Next.OpCode == OpCodes.Ret || i.Next.OpCode == OpCodes.Stloc_0)
                && i.Previous?.OpCode != OpCodes.Ldsfld))
            {
                constant.OpCode = s_arm64;
                found++;
            }
        }

        if (found != 2)
        {
            throw new FeedException($"RuntimeInformation: expected 2 constants that name the processor, found {found}");
        }
    }

    /// <summary>The x64 pack's GetMarshalAs call is newer than the arm64 host's runtime; no body refers to it any more.</summary>
    private void DropUnboundCall()
    {
        TypeDefinition type = _resultTypes["System.Reflection.MetadataImport"];
        foreach (MethodDefinition method in type.Methods.Where(m =>
            m.Name.Contains("GetMarshalAs", StringComparison.Ordinal)
            && m.FullName.Contains("IntPtr", StringComparison.Ordinal)
            && !_importer.IsUsed(m)).ToList())
        {
            type.Methods.Remove(method);
        }
    }
}
