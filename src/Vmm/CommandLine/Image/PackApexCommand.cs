using System.CommandLine;
using BootLoader.Apex;
using BootLoader.Apk;
using BootLoader.Sources;

namespace Vmm.CommandLine.Image;

/// <summary>The command <c>vmm image pack-apex</c>.</summary>
internal static class PackApexCommand
{
    public static Command Make()
    {
        var payload = new Argument<string>("PAYLOAD") { Description = "the file system image, signed by add-hashtree-footer" };
        var output = ImageOptions.Required("--output", "PATH", "takes the APEX");
        var name = ImageOptions.Required("--name", "NAME", "the module's name, such as com.example.module");
        var version = ImageOptions.Text("--version", "N", "its version (default: 1)");
        var key = ImageOptions.Text("--container_key", "PATH", "signs the file as an APK too: PEM with an RSA or EC key");
        var certificate = ImageOptions.Text("--container_cert", "PATH", "that key's certificate: PEM (default: in the key's file, or made for an RSA key)");
        var command = new Command("pack-apex", "put a signed payload image and its public key into an APEX") { payload, output, name, version, key, certificate };
        command.SetAction(result => ImageAction.Do(command.Name, () =>
        {
            long number = result.GetValue(version) is { } text ? (long)ImageNumbers.Parse("--version", text, long.MaxValue) : 1;
            using FileStream image = ImageFiles.Open("PAYLOAD", result.GetValue(payload)!);
            using var source = new FileSource(image.SafeFileHandle, image.Length, leaveOpen: true);
            using ApkSigningKey? container = result.GetValue(key) is { } path
                ? ApkKeyFile.Read("--container_key", path, "--container_cert", result.GetValue(certificate))
                : null;
            using var replacement = FileReplacement.Begin("--output", result.GetValue(output)!);
            ApexBuilder.Build(new ApexManifest(result.GetValue(name)!, number), source, replacement.Content, container);
            replacement.Commit();
        }));
        return command;
    }
}
