using System.CommandLine;

namespace Vmm.CommandLine.Image;

/// <summary>The command <c>vmm image</c>: what verified boot needs of images, with avbtool's options.</summary>
internal static class ImageCommand
{
    public static Command Make() => new("image", "show, verify and sign the images that a guest boots from")
    {
        InfoCommand.Make(),
        VerifyCommand.Make(),
        AddHashFooterCommand.Make(),
        AddHashtreeFooterCommand.Make(),
        MakeVbmetaCommand.Make(),
        ExtractPublicKeyCommand.Make(),
        MakeSuperCommand.Make(),
        MakeBootCommand.Make(),
        UnpackBootCommand.Make(),
        AddBootconfigCommand.Make(),
        PackPvmfwCommand.Make(),
        DiceShowCommand.Make(),
        CreateInstanceCommand.Make(),
    };
}
