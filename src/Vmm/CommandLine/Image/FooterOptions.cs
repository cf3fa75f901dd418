using System.CommandLine;
using System.Security.Cryptography;
using BootLoader.Avb.Making;
using BootLoader.Verity;
using Vmm.Outcome;

namespace Vmm.CommandLine.Image;

/// <summary>The options of both commands that add a footer.</summary>
internal sealed class FooterOptions
{
    private readonly Option<string> _image = ImageOptions.Required("--image", "PATH", "the image; a footer that it has is replaced");
    private readonly Option<string> _name = ImageOptions.Required("--partition_name", "NAME", "the partition's name, without slot suffix");
    private readonly Option<string?> _size = ImageOptions.Text("--partition_size", "BYTES", "the partition's size, a multiple of 4096");
    private readonly Option<bool> _dynamicSize = ImageOptions.Flag("--dynamic_partition_size", "as small a partition as is possible");
    private readonly Option<string?> _hash = ImageOptions.Text("--hash_algorithm", "NAME", "sha256 (default) or sha512");
    private readonly Option<string?> _salt = ImageOptions.Text("--salt", "HEX", "hashed first (default: random, as long as the digest)");
    private readonly Option<bool> _noSlot = ImageOptions.Flag("--do_not_use_ab", "the partition has no slots");
    private readonly Option<string?> _output = ImageOptions.Text("--output_vbmeta_image", "PATH", "takes the vbmeta as well");
    private readonly Option<bool> _noAppend = ImageOptions.Flag("--do_not_append_vbmeta_image", "add no vbmeta and no footer to the image");

    public string Image(ParseResult result) => result.GetValue(_image)!;

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _image, _name, _size, _dynamicSize, _hash, _salt, _noSlot, _output, _noAppend })
        {
            command.Add(option);
        }
    }

    /// <summary>Reads the options.</summary>
    /// <exception cref="InvalidOptionException">A value is wrong.</exception>
    public PartitionFooterOptions Read(ParseResult result, int blockSize = 4096, bool checkAtMostOnce = false, bool setupAsRootfs = false)
    {
        string? size = result.GetValue(_size);
        if ((size is null) == !result.GetValue(_dynamicSize))
        {
            throw new InvalidOptionException("either --partition_size or --dynamic_partition_size is needed");
        }

        string name = result.GetValue(_hash) ?? "sha256";
        DmVerityHash hash = name is "sha256" or "sha512" ? DmVerityHash.Find(name)! : throw new InvalidOptionException($"--hash_algorithm: '{name}' is neither sha256 nor sha512");
        return new PartitionFooterOptions
        {
            PartitionName = result.GetValue(_name)!,
            PartitionSize = size is null ? null : (long)ImageNumbers.Parse("--partition_size", size, long.MaxValue),
            Hash = hash,
            Salt = result.GetValue(_salt) is { } salt ? ImageNumbers.ParseHex("--salt", salt) : RandomNumberGenerator.GetBytes(hash.Size),
            BlockSize = blockSize,
            DoNotUseAb = result.GetValue(_noSlot),
            CheckAtMostOnce = checkAtMostOnce,
            SetupAsRootfs = setupAsRootfs,
        };
    }

    /// <summary>Makes and writes. Everything that can fail for another reason than a full disk fails before a byte is written.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="make">Makes, of the image and whether the vbmeta goes into it, what goes behind it.</param>
    /// <exception cref="VmmException">The image is as it was.</exception>
    public void Apply(ParseResult result, Func<FileStream, bool, PartitionImage> make)
    {
        string path = Image(result);
        using FileStream image = ImageFiles.Open("--image", path);
        bool append = !result.GetValue(_noAppend);
        string? output = result.GetValue(_output);
        if (!append && output is null)
        {
            throw new InvalidOptionException("--do_not_append_vbmeta_image needs --output_vbmeta_image: otherwise nothing would be kept");
        }

        PartitionImage made = make(image, append);
        using FileReplacement rewritten = ImageFiles.Rewrite("--image", path, image, made);
        if (output is not null)
        {
            ImageFiles.WriteNew("--output_vbmeta_image", output, made.Vbmeta);
        }

        rewritten.Commit();
    }
}
