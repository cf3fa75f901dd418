using System.CommandLine;
using System.Text;
using BootLoader.Avb;
using BootLoader.Avb.Making;
using Vmm.Outcome;

namespace Vmm.CommandLine.Image;

/// <summary>The options of every command that makes a vbmeta.</summary>
internal sealed class VbmetaOptions
{
    private readonly Option<string?> _algorithm = ImageOptions.Text("--algorithm", "NAME", $"how to sign (default: NONE):\n{string.Join(", ", AvbAlgorithmNames.All.Take(4))},\n{string.Join(", ", AvbAlgorithmNames.All.Skip(4))}");
    private readonly Option<string?> _key = ImageOptions.Text("--key", "PATH", "PEM file with the RSA key that signs");
    private readonly Option<string?> _keyMetadata = ImageOptions.Text("--public_key_metadata", "PATH", "file with more about the key");
    private readonly Option<string?> _rollbackIndex = ImageOptions.Text("--rollback_index", "N", "grows with releases that must not be undone (default: 0)");
    private readonly Option<string?> _rollbackLocation = ImageOptions.Text("--rollback_index_location", "N", "where the device keeps it (default: 0)");
    private readonly Option<string[]> _properties = ImageOptions.Repeated("--prop", "KEY:VALUE", "a property; may be repeated");
    private readonly Option<string[]> _propertyFiles = ImageOptions.Repeated("--prop_from_file", "KEY:PATH", "a property whose value is in a file");
    private readonly Option<string[]> _cmdlines = ImageOptions.Repeated("--kernel_cmdline", "TEXT", "parameters for the kernel");
    private readonly Option<string[]> _includes = ImageOptions.Repeated("--include_descriptors_from_image", "PATH", "take over all descriptors of an image");
    private readonly Option<string[]> _chains = ImageOptions.Repeated(
        "--chain_partition", "NAME:N:PATH", "a partition with a vbmeta of its own, its rollback index\nlocation and the key that signs it");

    private readonly Option<string[]> _chainsWithoutSlot = ImageOptions.Repeated(
        "--chain_partition_do_not_use_ab", "NAME:N:PATH", "the same, for a partition without slots");

    private readonly Option<string?> _flags = ImageOptions.Text("--flags", "N", "1 turns hash trees off, 2 all verification (default: 0)");
    private readonly Option<bool> _noHashtree = ImageOptions.Flag("--set_hashtree_disabled_flag", "the same as --flags 1");
    private readonly Option<bool> _noVerification = ImageOptions.Flag("--set_verification_disabled_flag", "the same as --flags 2");
    private readonly Option<string?> _release = ImageOptions.Text("--internal_release_string", "TEXT", $"the tool named in it (default: {VbmetaBuilder.DefaultRelease})");

    public void AddTo(Command command)
    {
        Option[] all =
        [
            _algorithm, _key, _keyMetadata, _rollbackIndex, _rollbackLocation, _properties, _propertyFiles, _cmdlines, _includes, _chains,
            _chainsWithoutSlot, _flags, _noHashtree, _noVerification, _release,
        ];
        foreach (Option option in all)
        {
            command.Add(option);
        }
    }

    /// <summary>Reads the key that signs, before anything is written; null when nothing is signed.</summary>
    /// <exception cref="VmmException">The key cannot be read, or is missing, or there is one too many.</exception>
    public AvbSigningKey? ReadKey(ParseResult result)
    {
        AvbAlgorithm algorithm = Algorithm(result);
        string? path = result.GetValue(_key);
        if ((path is null) != (algorithm == AvbAlgorithm.None))
        {
            throw new InvalidOptionException(path is null ? $"--algorithm {AvbAlgorithmNames.Name(algorithm)} needs --key" : "--key needs --algorithm");
        }

        return path is null ? null : ImageFiles.ReadKey("--key", path);
    }

    /// <summary>Begins a vbmeta of all that the options say.</summary>
    /// <exception cref="VmmException">A file cannot be read, or a value is wrong.</exception>
    public VbmetaBuilder Begin(ParseResult result, AvbSigningKey? key)
    {
        ulong flags = result.GetValue(_flags) is { } text ? ImageNumbers.Parse("--flags", text, uint.MaxValue) : 0;
        VbmetaFlags extra = (result.GetValue(_noHashtree) ? VbmetaFlags.HashtreeDisabled : 0) | (result.GetValue(_noVerification) ? VbmetaFlags.VerificationDisabled : 0);
        var builder = new VbmetaBuilder
        {
            Algorithm = Algorithm(result),
            Key = key,
            RollbackIndex = result.GetValue(_rollbackIndex) is { } index ? ImageNumbers.Parse("--rollback_index", index) : 0,
            RollbackIndexLocation = result.GetValue(_rollbackLocation) is { } at ? (uint)ImageNumbers.Parse("--rollback_index_location", at, uint.MaxValue) : 0,
            Flags = (VbmetaFlags)flags | extra,
            PublicKeyMetadata = result.GetValue(_keyMetadata) is { } path ? ImageFiles.ReadSmall("--public_key_metadata", path) : default,
            Release = result.GetValue(_release) ?? VbmetaBuilder.DefaultRelease,
        };
        AddChains(builder, result);
        foreach (string property in result.GetValue(_properties) ?? [])
        {
            (string name, string value) = Split("--prop", property);
            builder.Add(AvbDescriptors.Property(name, Encoding.UTF8.GetBytes(value)));
        }

        foreach (string property in result.GetValue(_propertyFiles) ?? [])
        {
            (string name, string file) = Split("--prop_from_file", property);
            builder.Add(AvbDescriptors.Property(name, ImageFiles.ReadSmall("--prop_from_file", file)));
        }

        foreach (string cmdline in result.GetValue(_cmdlines) ?? [])
        {
            builder.Add(AvbDescriptors.KernelCmdline(cmdline));
        }

        foreach (string image in result.GetValue(_includes) ?? [])
        {
            Include(builder, "--include_descriptors_from_image", image);
        }

        return builder;
    }

    /// <summary>Adds all descriptors of an image.</summary>
    /// <exception cref="VmmException">It has no well-formed vbmeta.</exception>
    private static void Include(VbmetaBuilder builder, string option, string path)
    {
        byte[] bytes = ImageFiles.ReadVbmeta(option, path);
        VbmetaResult read = VbmetaImage.Open(bytes, out VbmetaImage image);
        if (read != VbmetaResult.Ok)
        {
            throw new VmmException($"{option}: {path}: {BootLoader.Avb.Slots.VbmetaWords.Of(read)}");
        }

        builder.AddAll(image);
    }

    /// <summary>Adds the kernel parameters that mount an image with a hash tree as root.</summary>
    /// <exception cref="VmmException">It has no hash tree.</exception>
    public static void AddRootfs(VbmetaBuilder builder, string option, string path)
    {
        byte[] bytes = ImageFiles.ReadVbmeta(option, path);
        if (VbmetaImage.Open(bytes, out VbmetaImage image) == VbmetaResult.Ok)
        {
            AvbDescriptorEnumerator walk = image.Descriptors;
            while (walk.MoveNext())
            {
                if (walk.Current.Tag == AvbDescriptorTag.Hashtree)
                {
                    RootfsCmdline.AddTo(builder, walk.Current.Bytes);
                    return;
                }
            }
        }

        throw new VmmException($"{option}: {path} has no hashtree descriptor; add-hashtree-footer adds one");
    }

    private void AddChains(VbmetaBuilder builder, ParseResult result)
    {
        var locations = new HashSet<uint>();
        foreach ((Option<string[]> option, uint flags) in new[] { (_chains, 0u), (_chainsWithoutSlot, ChainPartitionDescriptor.DoNotUseAb) })
        {
            foreach (string chain in result.GetValue(option) ?? [])
            {
                string[] parts = chain.Split(':', 3);
                if (parts.Length != 3 || parts[0].Length == 0 || parts[2].Length == 0)
                {
                    throw new InvalidOptionException($"{option.Name}: '{chain}' is not NAME:ROLLBACK_INDEX_LOCATION:KEY");
                }

                uint location = (uint)ImageNumbers.Parse(option.Name, parts[1], uint.MaxValue);
                if (location == 0 || !locations.Add(location))
                {
                    throw new InvalidOptionException($"{option.Name}: '{chain}': the rollback index location must be from 1 up, and another for each partition");
                }

                builder.Add(AvbDescriptors.ChainPartition(parts[0], location, ImageFiles.ReadPublicKey(option.Name, parts[2]), flags));
            }
        }
    }

    private AvbAlgorithm Algorithm(ParseResult result)
    {
        string name = result.GetValue(_algorithm) ?? "NONE";
        return AvbAlgorithmNames.Parse(name) ?? throw new InvalidOptionException($"--algorithm: '{name}' is none of {string.Join(", ", AvbAlgorithmNames.All)}");
    }

    private static (string Key, string Value) Split(string option, string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 ? (text[..colon], text[(colon + 1)..]) : throw new InvalidOptionException($"{option}: '{text}' has no colon after a name");
    }
}
