using System.CommandLine;
using BootLoader.Avb.Making;

namespace Vmm.CommandLine.Image;

/// <summary>The command <c>vmm image extract-public-key</c>.</summary>
internal static class ExtractPublicKeyCommand
{
    public static Command Make()
    {
        var key = ImageOptions.Required("--key", "PATH", "PEM file with an RSA key, private or public");
        var output = ImageOptions.Required("--output", "PATH", "takes the key as AVB stores it");
        var command = new Command("extract-public-key", "write the public half of a key as AVB stores it") { key, output };
        command.Aliases.Add("extract_public_key");
        command.SetAction(result => ImageAction.Do(command.Name, () =>
        {
            using AvbSigningKey read = ImageFiles.ReadKey("--key", result.GetValue(key)!);
            ImageFiles.WriteNew("--output", result.GetValue(output)!, read.PublicKeyBlob);
        }));
        return command;
    }
}
