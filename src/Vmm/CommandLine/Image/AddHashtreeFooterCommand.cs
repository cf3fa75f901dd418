using System.CommandLine;
using BootLoader.Avb.Making;

namespace Vmm.CommandLine.Image;

/// <summary>The command <c>vmm image add-hashtree-footer</c>.</summary>
internal static class AddHashtreeFooterCommand
{
    public static Command Make()
    {
        var footer = new FooterOptions();
        var vbmeta = new VbmetaOptions();
        var blockSize = ImageOptions.Text("--block_size", "BYTES", "of data and hash blocks (default: 4096)");
        var once = ImageOptions.Flag("--check_at_most_once", "dm-verity looks at each block only once");
        var rootfs = ImageOptions.Flag("--setup_as_rootfs_from_kernel", "add kernel parameters that mount the partition as root");
        var noFec = ImageOptions.Flag("--do_not_generate_fec", "no error correction; there never is, this is for scripts");
        var command = new Command("add-hashtree-footer", "sign an image that dm-verity verifies block by block");
        command.Aliases.Add("add_hashtree_footer");
        footer.AddTo(command);
        foreach (Option option in new Option[] { blockSize, once, rootfs, noFec })
        {
            command.Add(option);
        }

        vbmeta.AddTo(command);
        command.SetAction(result => ImageAction.Do(command.Name, () =>
        {
            int block = result.GetValue(blockSize) is { } text ? (int)ImageNumbers.Parse("--block_size", text, int.MaxValue) : 4096;
            PartitionFooterOptions options = footer.Read(result, block, result.GetValue(once), result.GetValue(rootfs));
            using AvbSigningKey? key = vbmeta.ReadKey(result);
            VbmetaBuilder builder = vbmeta.Begin(result, key);
            footer.Apply(result, (image, append) => PartitionFooter.AddHashtree(image, options, builder, append));
        }));
        return command;
    }
}
