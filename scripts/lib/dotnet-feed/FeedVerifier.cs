using System.Text;
using Mono.Cecil;

namespace DotnetFeed;

/// <summary>Checks what the assembled packs rest on. Every surprise is printed, and any of them is an error.</summary>
internal sealed class FeedVerifier
{
    /// <summary>Entry points that the official x64 single-file host lacks as well, or that only x64 has.</summary>
    private static readonly HashSet<string> s_knownAbsent =
        ["NativeRuntimeEventSource_LogWaitHandleWaitStart", "NativeRuntimeEventSource_LogWaitHandleWaitStop", "X86BaseCpuId"];

    private int _surprises;

    public static void Verify(string framework, string arm64CoreLib, string host)
    {
        var verifier = new FeedVerifier();
        verifier.CompareCoreLib(Path.Combine(framework, RuntimePackBuilder.CoreLib), arm64CoreLib);
        verifier.LookUpNativeEntryPoints(framework, host);
        verifier.ResolveReferences(framework);
        if (verifier._surprises > 0)
        {
            throw new FeedException($"the assembled framework differs from what is known to work in {verifier._surprises} places (listed above)");
        }
    }

    private void Surprise(string what)
    {
        _surprises++;
        Console.WriteLine($"  ! {what}");
    }

    /// <summary>Nothing in the genuine arm64 CoreLib that depends on the processor may differ from ours.</summary>
    private void CompareCoreLib(string ours, string genuine)
    {
        using ModuleDefinition oursModule = Assemblies.Read(ours);
        using ModuleDefinition genuineModule = Assemblies.Read(genuine);
        var types = oursModule.AllTypes().ToDictionary(t => t.FullName);
        int same = 0;
        foreach (TypeDefinition expected in genuineModule.AllTypes())
        {
            if (!types.TryGetValue(expected.FullName, out TypeDefinition? type))
            {
                Surprise($"type only in the arm64 CoreLib: {expected.FullName}");
                continue;
            }

            CompareLayout(type, expected);
            same += CompareBodies(type, expected);
        }

        Console.WriteLine($"CoreLib against the genuine arm64 one: {same} identical bodies");
    }

    private void CompareLayout(TypeDefinition type, TypeDefinition expected)
    {
        if ((type.PackingSize, type.ClassSize) != (expected.PackingSize, expected.ClassSize))
        {
            Surprise($"layout: {expected.FullName}");
        }

        foreach (FieldDefinition field in expected.Fields)
        {
            FieldDefinition? found = type.Fields.FirstOrDefault(f => f.Name == field.Name);
            if (found == null || found.Offset != field.Offset || !Equals(found.Constant, field.Constant))
            {
                Surprise($"field: {field.FullName}");
            }
        }
    }

    private int CompareBodies(TypeDefinition type, TypeDefinition expected)
    {
        var methods = type.Methods.GroupBy(m => m.FullName).ToDictionary(g => g.Key, g => g.First());
        int same = 0;
        foreach (MethodDefinition method in expected.Methods)
        {
            if (!methods.TryGetValue(method.FullName, out MethodDefinition? found))
            {
                Surprise($"method only in the arm64 CoreLib: {method.FullName}");
            }
            else if (MethodText.Of(found) == MethodText.Of(method))
            {
                same++;
            }
            else if (!method.HasBody || method.RefersTo(ProcessorIntrinsics.Arm))
            {
                // Other bodies differ by what the trimmer folded away in the genuine one.
                Surprise($"body: {method.FullName}");
            }
        }

        return same;
    }

    /// <summary>Every native entry point that the framework binds to must be in the host, by name.</summary>
    private void LookUpNativeEntryPoints(string framework, string host)
    {
        string hostText = Encoding.Latin1.GetString(File.ReadAllBytes(host));
        int count = 0;
        foreach (string path in Directory.GetFiles(framework, "*.dll"))
        {
            using ModuleDefinition module = Assemblies.Read(path);
            foreach (string name in module.AllTypes().SelectMany(t => t.Methods).Select(NativeName).OfType<string>())
            {
                count++;
                if (!s_knownAbsent.Contains(name) && !hostText.Contains($"{name}\0", StringComparison.Ordinal))
                {
                    Surprise($"native entry point not in the host: {name} ({Path.GetFileName(path)})");
                }
            }
        }

        Console.WriteLine($"{count} native entry points looked up in the host");
    }

    private static string? NativeName(MethodDefinition method)
    {
        if (method is { IsPInvokeImpl: true, PInvokeInfo.Module.Name: var library })
        {
            return library == "QCall" || library.StartsWith("libSystem.", StringComparison.Ordinal) ? method.PInvokeInfo.EntryPoint : null;
        }

        return method is { IsInternalCall: true, IsConstructor: false, HasGenericParameters: false } ? method.Name : null;
    }

    /// <summary>Every reference from one framework assembly to another must find its target.</summary>
    private void ResolveReferences(string framework)
    {
        using var resolver = new DefaultAssemblyResolver();
        foreach (string directory in resolver.GetSearchDirectories())
        {
            resolver.RemoveSearchDirectory(directory);
        }

        resolver.AddSearchDirectory(framework);
        int count = 0;
        foreach (string path in Directory.GetFiles(framework, "*.dll"))
        {
            using var module = ModuleDefinition.ReadModule(path, new ReaderParameters { AssemblyResolver = resolver });
            IEnumerable<MemberReference> members = module.GetMemberReferences().Where(m => m.DeclaringType is not ArrayType);
            foreach (MemberReference reference in module.GetTypeReferences().Concat(members))
            {
                count++;
                if (!Resolves(reference))
                {
                    Surprise($"{Path.GetFileName(path)} refers to {reference.FullName}, which nothing defines");
                }
            }
        }

        Console.WriteLine($"{count} references resolved within the framework");
    }

    private static bool Resolves(MemberReference reference)
    {
        try
        {
            return reference.Resolve() != null;
        }
        catch (AssemblyResolutionException)
        {
            return false;
        }
    }
}
