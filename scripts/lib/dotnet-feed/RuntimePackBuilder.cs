using Mono.Cecil;

namespace DotnetFeed;

/// <summary>
/// Builds the two linux-arm64 packages: the x64 pack's assemblies made IL only, CoreLib made by <see cref="Arm64CoreLib"/>,
/// and the host recovered from a single-file program. A publish compiles the IL for arm64.
/// </summary>
internal sealed class RuntimePackBuilder(string x64Pack, SingleFileBundle bundle, string version, string output)
{
    public const string CoreLib = "System.Private.CoreLib.dll";
    private const string Rid = "linux-arm64";
    private const string X64Rid = "linux-x64";
    private const string Framework = "net10.0";
    private const string Profile = "StandardOptimizationData.mibc";

    private readonly string _work = Path.Combine(output, "work");

    public void Build()
    {
        Directory.CreateDirectory(_work);
        string host = Path.Combine(_work, "singlefilehost");
        string arm64CoreLib = Path.Combine(_work, CoreLib);
        bundle.WriteUnboundHost(host);
        bundle.Extract(CoreLib, arm64CoreLib);

        string runtime = Path.Combine(_work, "runtime");
        string library = Directory.CreateDirectory(Path.Combine(runtime, "runtimes", Rid, "lib", Framework)).FullName;
        WriteIl(arm64CoreLib, library);
        FeedVerifier.Verify(library, arm64CoreLib, host);
        PackRuntime(runtime, library);
        PackHost(host);
        Directory.Delete(_work, recursive: true);
    }

    private string X64Library => Path.Combine(x64Pack, "runtimes", X64Rid, "lib", Framework);

    private void WriteIl(string arm64CoreLib, string library)
    {
        foreach (string path in Directory.GetFiles(X64Library, "*.dll"))
        {
            string target = Path.Combine(library, Path.GetFileName(path));
            if (Path.GetFileName(path) == CoreLib)
            {
                Arm64CoreLib.Write(path, arm64CoreLib, target);
                continue;
            }

            using ModuleDefinition module = Assemblies.ReadWhole(path);
            if (module.IsIlOnly())
            {
                File.Copy(path, target);
            }
            else
            {
                module.MakeIlOnly();
                module.Write(target);
            }
        }
    }

    private void PackRuntime(string pack, string library)
    {
        foreach (string name in (string[])["Microsoft.NETCore.App.deps.json", "Microsoft.NETCore.App.runtimeconfig.json"])
        {
            File.WriteAllText(Path.Combine(library, name), ForArm64(File.ReadAllText(Path.Combine(X64Library, name))));
        }

        Directory.CreateDirectory(Path.Combine(pack, "data"));
        File.WriteAllLines(
            Path.Combine(pack, "data", "RuntimeList.xml"),
            File.ReadAllLines(Path.Combine(x64Pack, "data", "RuntimeList.xml"))
                .Where(line => !line.Contains("Type=\"Native\"", StringComparison.Ordinal))
                .Select(ForArm64));
        Directory.CreateDirectory(Path.Combine(pack, "tools"));
        File.Copy(Path.Combine(x64Pack, "tools", Profile), Path.Combine(pack, "tools", Profile));
        foreach (string name in (string[])["Microsoft.NETCore.App.versions.txt", "LICENSE.TXT", "THIRD-PARTY-NOTICES.TXT"])
        {
            File.Copy(Path.Combine(x64Pack, name), Path.Combine(pack, name));
        }

        NuGetPackage.Write(pack, $"Microsoft.NETCore.App.Runtime.{Rid}", version, output);
    }

    private static string ForArm64(string text) => text.Replace(X64Rid, Rid, StringComparison.Ordinal);

    /// <summary>The single-file host also stands where the plain host belongs, which cannot be had.</summary>
    private void PackHost(string host)
    {
        string pack = Path.Combine(_work, "host");
        string native = Directory.CreateDirectory(Path.Combine(pack, "runtimes", Rid, "native")).FullName;
        File.Copy(host, Path.Combine(native, "singlefilehost"));
        File.Copy(host, Path.Combine(native, "apphost"));
        NuGetPackage.Write(pack, $"Microsoft.NETCore.App.Host.{Rid}", version, output);
    }
}
