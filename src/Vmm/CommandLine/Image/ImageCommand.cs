using System.CommandLine;

namespace Vmm.CommandLine.Image;

/// <summary>The command <c>vmm image</c>: what verified boot needs of images, with avbtool's options.</summary>
internal static class ImageCommand
{
    public static Command Make()
    {
        var command = new Command("image", "show, verify and sign the images that a guest boots from");
        command.Add(ExtractPublicKeyCommand.Make());
        return command;
    }
}
