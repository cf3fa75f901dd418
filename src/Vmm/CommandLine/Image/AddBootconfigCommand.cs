using System.CommandLine;
using BootLoader.AndroidBoot;
using Vmm.Outcome;

namespace Vmm.CommandLine.Image;

/// <summary>The command <c>vmm image add-bootconfig</c>: what a guest reads from its verified initrd instead of from its host.</summary>
internal static class AddBootconfigCommand
{
    public static Command Make()
    {
        var initrd = ImageOptions.Required("--initrd", "PATH", "the initrd; a bootconfig that it has stays the first");
        var bootconfig = ImageOptions.Required("--bootconfig", "PATH", "text with lines KEY=VALUE, as the kernel reads it");
        var output = ImageOptions.Required("--output", "PATH", "takes the initrd with the bootconfig; may be the initrd itself");
        var command = new Command("add-bootconfig", "put a bootconfig behind an initrd, to be signed with it") { initrd, bootconfig, output };
        command.Aliases.Add("add_bootconfig");
        command.SetAction(result => ImageAction.Do(command.Name, () =>
        {
            string path = result.GetValue(initrd)!;
            byte[] text = ImageFiles.ReadSmall("--bootconfig", result.GetValue(bootconfig)!);
            byte[] whole;
            try
            {
                whole = Bootconfig.Append(ImageFiles.ReadWhole("--initrd", path), text);
            }
            catch (AndroidBootException failure)
            {
                throw new VmmException($"{command.Name}: {path}: {failure.Message}", cause: failure);
            }

            ImageFiles.WriteNew("--output", result.GetValue(output)!, whole);
        }));
        return command;
    }
}
