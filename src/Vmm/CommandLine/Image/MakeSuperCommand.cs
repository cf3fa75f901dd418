using System.CommandLine;
using BootLoader.Super;
using BootLoader.Super.Making;
using Vmm.Outcome;

namespace Vmm.CommandLine.Image;

/// <summary>The command <c>vmm image make-super</c>, with lpmake's options.</summary>
internal static class MakeSuperCommand
{
    private const string Auto = "auto";

    public static Command Make()
    {
        var output = ImageOptions.Required("--output", "PATH", "the image");
        var size = ImageOptions.Text("--device-size", "BYTES", "of the whole, or auto (default): as few as are possible");
        var name = ImageOptions.Text("--super-name", "NAME", "the physical partition it is for (default: super)");
        var partitions = ImageOptions.Repeated("--partition", "NAME:ATTR:BYTES[:GROUP]", "a partition; ATTR is none or readonly, BYTES may be auto:\nthose of its image");
        var images = ImageOptions.Repeated("--image", "NAME=PATH", "what is in a partition (default: zeros)");
        var groups = ImageOptions.Repeated("--group", "NAME:BYTES", "a group and what its partitions may have together");
        var metadata = ImageOptions.Text("--metadata-size", "BYTES", "that a slot's metadata may have (default: 65536)");
        var slots = ImageOptions.Text("--metadata-slots", "N", "slots with metadata (default: 2)");
        var alignment = ImageOptions.Text("--alignment", "BYTES", "partitions begin at multiples of it (default: 1048576)");
        var block = ImageOptions.Text("--block-size", "BYTES", "partitions have multiples of it (default: 4096)");
        var command = new Command("make-super", "make an image with logical partitions")
        {
            output, size, name, partitions, images, groups, metadata, slots, alignment, block,
        };
        command.Aliases.Add("lpmake");
        command.SetAction(result => ImageAction.Do(command.Name, () =>
        {
            var builder = new SuperImageBuilder
            {
                DeviceSize = result.GetValue(size) is { } bytes and not Auto ? (long)ImageNumbers.Parse("--device-size", bytes, long.MaxValue) : null,
                DeviceName = result.GetValue(name) ?? "super",
                MetadataSize = Number(result, metadata, 65536),
                SlotCount = Number(result, slots, 2),
                Alignment = Number(result, alignment, 1 << 20),
                BlockSize = Number(result, block, 4096),
            };
            var contents = new Dictionary<string, FileStream>();
            try
            {
                OpenAll(result.GetValue(images) ?? [], contents);
                Write(result.GetValue(output)!, builder, result.GetValue(groups) ?? [], result.GetValue(partitions) ?? [], contents);
            }
            catch (SuperException failure)
            {
                throw new VmmException($"make-super: {failure.Message}", cause: failure);
            }
            finally
            {
                foreach (FileStream content in contents.Values)
                {
                    content.Dispose();
                }
            }
        }));
        return command;
    }

    private static int Number(ParseResult result, Option<string?> option, int otherwise) =>
        result.GetValue(option) is { } text ? (int)ImageNumbers.Parse(option.Name, text, int.MaxValue) : otherwise;

    private static void OpenAll(string[] images, Dictionary<string, FileStream> contents)
    {
        foreach (string image in images)
        {
            int at = image.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0)
            {
                throw new InvalidOptionException($"--image: '{image}' is not NAME=PATH");
            }

            if (contents.ContainsKey(image[..at]))
            {
                throw new InvalidOptionException($"--image: '{image[..at]}' is given twice");
            }

            contents.Add(image[..at], ImageFiles.Open("--image", image[(at + 1)..]));
        }
    }

    private static void Write(string output, SuperImageBuilder builder, string[] groups, string[] partitions, Dictionary<string, FileStream> contents)
    {
        foreach (string group in groups)
        {
            string[] words = group.Split(':');
            if (words.Length != 2)
            {
                throw new InvalidOptionException($"--group: '{group}' is not NAME:BYTES");
            }

            builder.AddGroup(words[0], (long)ImageNumbers.Parse("--group", words[1], long.MaxValue));
        }

        List<LogicalPartition> added = [.. partitions.Select(text => Parse(text, contents))];
        added.ForEach(builder.Add);
        if (contents.Keys.FirstOrDefault(name => !added.Exists(partition => partition.Name == name)) is { } lost)
        {
            throw new InvalidOptionException($"--image: there is no --partition '{lost}'");
        }

        SuperImage image = builder.Build();
        using var replacement = FileReplacement.Begin("--output", output);
        replacement.Content.SetLength(image.Size);
        replacement.Content.Write(image.Start);
        for (int i = 0; i < added.Count; i++)
        {
            if (contents.TryGetValue(added[i].Name, out FileStream? content))
            {
                ImageFiles.Copy(content, replacement.Content, content.Length, image.Offsets[i]);
            }
        }

        replacement.Commit();
    }

    private static LogicalPartition Parse(string text, Dictionary<string, FileStream> contents)
    {
        string[] words = text.Split(':');
        if (words.Length is not (3 or 4))
        {
            throw new InvalidOptionException($"--partition: '{text}' is not NAME:ATTR:BYTES[:GROUP]");
        }

        LpAttributes attributes = words[1] switch
        {
            "none" => LpAttributes.None,
            "readonly" => LpAttributes.Readonly,
            _ => throw new InvalidOptionException($"--partition: '{words[1]}' in '{text}' is neither none nor readonly"),
        };
        contents.TryGetValue(words[0], out FileStream? content);
        if (words[2] == Auto && content is null)
        {
            throw new InvalidOptionException($"--partition: '{text}' without an --image of that name needs its size");
        }

        long size = words[2] == Auto ? content!.Length : (long)ImageNumbers.Parse("--partition", words[2], long.MaxValue);
        if (content?.Length > size)
        {
            throw new InvalidOptionException($"--partition: '{text}': its image has {content.Length} bytes");
        }

        return new LogicalPartition(words[0], size) { Attributes = attributes, Group = words.Length == 4 ? words[3] : SuperImageBuilder.DefaultGroup };
    }
}
