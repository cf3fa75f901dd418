using System.CommandLine;
using BootLoader.Avb;
using BootLoader.Avb.Making;

namespace Vmm.CommandLine.Image;

/// <summary>The command <c>vmm image make-vbmeta</c>.</summary>
internal static class MakeVbmetaCommand
{
    public static Command Make()
    {
        var output = ImageOptions.Required("--output", "PATH", "the vbmeta");
        var padding = ImageOptions.Text("--padding_size", "N", "fill it up with zeros to a multiple of N bytes");
        var rootfs = ImageOptions.Text("--setup_rootfs_from_kernel", "PATH", "add kernel parameters that mount this image as root");
        var vbmeta = new VbmetaOptions();
        var command = new Command("make-vbmeta", "make the vbmeta that a set of partitions begins with") { output, padding, rootfs };
        command.Aliases.Add("make_vbmeta_image");
        command.Aliases.Add("make_vbmeta");
        vbmeta.AddTo(command);
        command.SetAction(result => ImageAction.Do(command.Name, () =>
        {
            int multiple = result.GetValue(padding) is { } text ? (int)ImageNumbers.Parse("--padding_size", text, VbmetaHeader.MaximumImage) : 0;
            using AvbSigningKey? key = vbmeta.ReadKey(result);
            VbmetaBuilder builder = vbmeta.Begin(result, key);
            if (result.GetValue(rootfs) is { } root)
            {
                VbmetaOptions.AddRootfs(builder, "--setup_rootfs_from_kernel", root);
            }

            byte[] image = builder.Build();
            if (multiple > 0)
            {
                Array.Resize(ref image, (image.Length + multiple - 1) / multiple * multiple);
            }

            ImageFiles.WriteNew("--output", result.GetValue(output)!, image);
        }));
        return command;
    }
}
