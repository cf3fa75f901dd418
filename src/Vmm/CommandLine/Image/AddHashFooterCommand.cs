using System.CommandLine;
using BootLoader.Avb.Making;

namespace Vmm.CommandLine.Image;

/// <summary>The command <c>vmm image add-hash-footer</c>.</summary>
internal static class AddHashFooterCommand
{
    public static Command Make()
    {
        var footer = new FooterOptions();
        var vbmeta = new VbmetaOptions();
        var command = new Command("add-hash-footer", "sign an image that is verified whole, such as a guest's kernel");
        command.Aliases.Add("add_hash_footer");
        footer.AddTo(command);
        vbmeta.AddTo(command);
        command.SetAction(result => ImageAction.Do(command.Name, () =>
        {
            PartitionFooterOptions options = footer.Read(result);
            using AvbSigningKey? key = vbmeta.ReadKey(result);
            VbmetaBuilder builder = vbmeta.Begin(result, key);
            footer.Apply(result, (image, append) => PartitionFooter.AddHash(image, options, builder, append));
        }));
        return command;
    }
}
