using System.Text;
using System.Xml.Linq;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace DotnetFeed;

/// <summary>
/// Turns System.Runtime.Intrinsics around: the methods for Arm become ones the compiler replaces by an instruction (in IL
/// they call themselves), those for X86 report that they are not supported, and so does the trimmer's substitution list.
/// </summary>
internal static class ProcessorIntrinsics
{
    public const string Arm = "System.Runtime.Intrinsics.Arm";
    private const string X86 = "System.Runtime.Intrinsics.X86";
    private const string Substitutions = "ILLink.Substitutions.xml";

    public static bool IsProcessorNamespace(string name) => name is Arm or X86 or "System.Runtime.Intrinsics.Wasm";

    public static void TurnAround(ModuleDefinition coreLib, Dictionary<string, TypeDefinition> types)
    {
        MethodDefinition intrinsic = Constructor(types["System.Runtime.CompilerServices.IntrinsicAttribute"]);
        MethodDefinition unsupported = Constructor(types["System.PlatformNotSupportedException"]);
        foreach (TypeDefinition type in types.Values)
        {
            IEnumerable<MethodDefinition> methods = type.Methods.Where(m => m is { IsStatic: true, HasBody: true, IsConstructor: false });
            switch (type.OuterNamespace())
            {
                case Arm:
                    if (type.CustomAttributes.All(a => a.AttributeType.Name != "IntrinsicAttribute"))
                    {
                        type.CustomAttributes.Add(new CustomAttribute(intrinsic));
                    }

                    foreach (MethodDefinition method in methods)
                    {
                        CallItself(method);
                    }

                    break;
                case X86:
                    foreach (MethodDefinition method in methods)
                    {
                        Refuse(method, unsupported);
                    }

                    break;
            }
        }

        TurnSubstitutionsAround(coreLib, types.Values);
    }

    private static MethodDefinition Constructor(TypeDefinition type) => type.Methods.First(m => m.IsConstructor && !m.HasParameters);

    private static void CallItself(MethodDefinition method)
    {
        method.Body = new MethodBody(method);
        ILProcessor il = method.Body.GetILProcessor();
        for (int i = 0; i < method.Parameters.Count; i++)
        {
            il.Append(i switch
            {
                0 => il.Create(OpCodes.Ldarg_0),
                1 => il.Create(OpCodes.Ldarg_1),
                2 => il.Create(OpCodes.Ldarg_2),
                3 => il.Create(OpCodes.Ldarg_3),
                _ => il.Create(OpCodes.Ldarg_S, method.Parameters[i]),
            });
        }

        MethodReference called = method;
        if (method.HasGenericParameters)
        {
            var instance = new GenericInstanceMethod(method);
            foreach (GenericParameter parameter in method.GenericParameters)
            {
                instance.GenericArguments.Add(parameter);
            }

            called = instance;
        }

        il.Emit(OpCodes.Call, called);
        il.Emit(OpCodes.Ret);
    }

    private static void Refuse(MethodDefinition method, MethodDefinition unsupported)
    {
        method.Body = new MethodBody(method);
        ILProcessor il = method.Body.GetILProcessor();
        if (method.Name == "get_IsSupported")
        {
            il.Emit(OpCodes.Ldc_I4_0);
            il.Emit(OpCodes.Ret);
        }
        else
        {
            il.Emit(OpCodes.Newobj, unsupported);
            il.Emit(OpCodes.Throw);
        }
    }

    private static void TurnSubstitutionsAround(ModuleDefinition coreLib, IEnumerable<TypeDefinition> types)
    {
        var resource = (EmbeddedResource)coreLib.Resources.First(r => r.Name == Substitutions);
        XDocument document = XDocument.Parse(Encoding.UTF8.GetString(resource.GetResourceData()).TrimStart('\ufeff'));
        XElement block = document.Root!.Elements("assembly")
            .Single(a => a.Elements("type").Any(t => (string?)t.Attribute("fullname") == $"{Arm}.AdvSimd"));
        block.RemoveNodes();
        foreach (TypeDefinition type in types.Where(t => t.OuterNamespace() == X86 && t.Methods.Any(m => m.Name == "get_IsSupported")))
        {
            block.Add(AlwaysFalse(type.FullName, "get_IsSupported"));
        }

        block.Add(AlwaysFalse("System.Runtime.Intrinsics.Vector256", "get_IsHardwareAccelerated"));
        block.Add(AlwaysFalse("System.Runtime.Intrinsics.Vector512", "get_IsHardwareAccelerated"));
        coreLib.Resources[coreLib.Resources.IndexOf(resource)] =
            new EmbeddedResource(resource.Name, resource.Attributes, Encoding.UTF8.GetBytes(document.ToString()));
    }

    private static XElement AlwaysFalse(string type, string getter) => new(
        "type",
        new XAttribute("fullname", type),
        new XElement(
            "method",
            new XAttribute("signature", $"System.Boolean {getter}()"),
            new XAttribute("body", "stub"),
            new XAttribute("value", "false")));
}
