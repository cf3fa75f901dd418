using System.CommandLine;
using System.CommandLine.Parsing;
using Virtio.Block;
using Vmm.Configuration;
using Vmm.Outcome;

namespace Vmm.CommandLine;

/// <summary>The values of <c>--block</c> and of the older forms that say in their name whether the disk is written and is the root.</summary>
internal static class BlockOption
{
    private const ulong DefaultBlockSize = 512;

    private static readonly KeyedSchema s_keys = new(
        "path", "type", "ro", "root", "sparse", "direct", "o_direct", "lock", "block-size", "block_size", "id", "async-executor", "async_executor",
        "packed-queue", "multiple-workers", "allow-backing")
    {
        FirstKey = "path",
        NotYet = ["bootindex", "pci-address", "dontcache"],
    };

    private static readonly Dictionary<string, DiskType> s_types = new()
    {
        ["raw"] = DiskType.Raw,
        ["composite"] = DiskType.Composite,
        ["sparse"] = DiskType.Sparse,
        ["qcow2"] = DiskType.Qcow2,
    };

    private static readonly Dictionary<string, BlockEngineKind> s_engines = new()
    {
        ["epoll"] = BlockEngineKind.Threads,
        ["uring"] = BlockEngineKind.IoUring,
    };

    /// <summary>The disks in the order in which they were given, whatever their options: that is the order of the guest's names.</summary>
    public static IReadOnlyList<BlockConfig> ReadAll(ParseResult result, RunOptions options)
    {
        var forms = new Dictionary<string, (string Name, bool ReadOnly, bool Root)>();
        Add(options.Block, false, false);
        Add(options.Disk, true, false);
        Add(options.RwDisk, false, false);
        Add(options.Root, true, true);
        Add(options.RwRoot, false, true);
        var disks = new List<BlockConfig>();
        for (var i = 0; i + 1 < result.Tokens.Count; i++)
        {
            if (result.Tokens[i].Type == TokenType.Option && forms.TryGetValue(result.Tokens[i].Value, out var form))
            {
                disks.Add(Read(form.Name, result.Tokens[i + 1].Value, form.ReadOnly, form.Root));
            }
        }

        return disks;

        void Add(Option<string[]> option, bool readOnly, bool root)
        {
            foreach (var name in option.Aliases.Append(option.Name))
            {
                forms.Add(name, (option.Name, readOnly, root));
            }
        }
    }

    private static BlockConfig Read(string option, string text, bool readOnly, bool root)
    {
        var keys = KeyedOption.Parse(option, text, s_keys);
        return new BlockConfig
        {
            Option = option,
            Path = keys.Text("path") ?? throw new InvalidOptionException($"{option}: path= is missing"),
            Type = keys.Choice("type", s_types) ?? DiskType.Raw,
            ReadOnly = readOnly || keys.Flag("ro"),
            Root = root || keys.Flag("root"),
            Sparse = keys.FlagIfGiven("sparse") ?? true,
            Direct = keys.Flag("direct") || keys.Flag("o_direct"),
            Lock = keys.FlagIfGiven("lock") ?? true,
            BlockSize = keys.Number("block-size") ?? keys.Number("block_size") ?? DefaultBlockSize,
            Id = keys.Text("id") ?? "",
            Engine = keys.Choice("async-executor", s_engines) ?? keys.Choice("async_executor", s_engines) ?? BlockEngineKind.Automatic,
            PackedQueue = keys.Flag("packed-queue"),
            OwnThread = keys.Flag("multiple-workers"),
            AllowBacking = keys.Flag("allow-backing"),
        };
    }

}
