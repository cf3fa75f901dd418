using System.CommandLine;
using System.Security.Cryptography;
using BootLoader.Apk;
using Vmm.Outcome;

namespace Vmm.CommandLine.Image;

/// <summary>The command <c>vmm image pack-apk</c>.</summary>
internal static class PackApkCommand
{
    public static Command Make()
    {
        var folder = new Argument<string>("DIR") { Description = "its files go into the APK; a payload is lib/arm64-v8a/NAME.so or a program" };
        var output = ImageOptions.Required("--output", "PATH", "takes the APK");
        var package = ImageOptions.Required("--package", "NAME", "the application's name, such as com.example.payload");
        var version = ImageOptions.Text("--version-code", "N", "its version (default: 1)");
        var key = ImageOptions.Text("--key", "PATH", "signs it: PEM with an RSA or EC key (default: a new key, which is forgotten)");
        var certificate = ImageOptions.Text("--cert", "PATH", "the key's certificate: PEM (default: in --key, or made for an RSA key)");
        var command = new Command("pack-apk", "put files into an APK and sign it with scheme v3") { folder, output, package, version, key, certificate };
        command.SetAction(result => ImageAction.Do(command.Name, () =>
        {
            ulong code = result.GetValue(version) is { } text ? ImageNumbers.Parse("--version-code", text) : 1;
            string directory = result.GetValue(folder)!;
            if (!Directory.Exists(directory))
            {
                throw new VmmException($"DIR: {directory} is not a directory");
            }

            ApkBuilder builder = new ApkBuilder(result.GetValue(package)!, code).AddDirectory(directory);
            using ApkSigningKey signer = result.GetValue(key) is { } path
                ? ApkKeyFile.Read("--key", path, "--cert", result.GetValue(certificate))
                : result.GetValue(certificate) is null ? ApkSigningKey.Create() : throw new InvalidOptionException("--cert needs --key: it is the certificate of a key");
            using var replacement = FileReplacement.Begin("--output", result.GetValue(output)!);
            builder.Build(replacement.Content, signer);
            replacement.Commit();
            result.InvocationConfiguration.Output.WriteLine($"certificate (sha512): {Convert.ToHexStringLower(SHA512.HashData(signer.Certificate.Span))}");
        }));
        return command;
    }
}
