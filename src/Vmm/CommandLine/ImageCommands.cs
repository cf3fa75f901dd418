using System.CommandLine;
using System.Globalization;
using BootLoader.Gpt;
using Kvm.Interop;
using Kvm.Interop.Files;
using Virtio.Block.Formats;
using Virtio.Block.Formats.Composite;
using Virtio.Block.Formats.Qcow2;
using Vmm.Outcome;

namespace Vmm.CommandLine;

/// <summary>The commands that make disk images, in crosvm's syntax (src/crosvm/cmdline.rs).</summary>
internal static class ImageCommands
{
    private static ReadOnlySpan<byte> Qcow2Magic => [(byte)'Q', (byte)'F', (byte)'I', 0xfb];

    public static IEnumerable<Command> All()
    {
        yield return MakeComposite();
        yield return MakeQcow2();
    }

    private static Command MakeComposite()
    {
        var path = new Argument<string>("PATH") { Description = "the composite disk; files of its own go beside it" };
        var partitions = new Argument<string[]>("LABEL:IMAGE…")
        {
            Arity = ArgumentArity.OneOrMore,
            Description = "partitions: label, raw image, and if wanted :writable and :GUID",
        };
        var command = new Command("create_composite", "make a disk of partitions from raw images") { path, partitions };
        command.SetAction(result => Do("create_composite", () =>
        {
            CompositePartition[] parsed = [.. result.GetValue(partitions)!.Select(ParsePartition)];
            new CompositeCreation(Guid.NewGuid(), parsed).Write(result.GetValue(path)!);
        }));
        return command;
    }

    private static Command MakeQcow2()
    {
        var path = new Argument<string>("PATH") { Description = "the image" };
        var size = new Argument<string?>("SIZE") { Arity = ArgumentArity.ZeroOrOne, Description = "bytes; not with --backing-file" };
        var backing = new Option<string?>("--backing-file") { HelpName = "PATH", Description = "what the image is based on, and has the size of" };
        var format = new Option<string?>("--backing-format") { HelpName = "FORMAT", Description = "of the backing file: raw (default) or qcow2" };
        var command = new Command("create_qcow2", "make an empty qcow2 image") { path, size, backing, format };
        command.SetAction(result => Do("create_qcow2", () =>
        {
            string target = result.GetValue(path)!;
            Qcow2Creation creation = (result.GetValue(size), result.GetValue(backing)) switch
            {
                ({ } bytes, null) => new Qcow2Creation(ParseSize(bytes)),
                (null, { } file) => OverBacking(target, file, result.GetValue(format) ?? "raw"),
                _ => throw new InvalidOptionException("create_qcow2 needs either SIZE or --backing-file"),
            };
            using PosixFile image = PosixFile.Open(
                target,
                OpenFlags.O_RDWR | OpenFlags.O_CREAT | OpenFlags.O_TRUNC,
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
            creation.Write(image);
        }));
        return command;
    }

    private static int Do(string command, Action action)
    {
        try
        {
            action();
            return (int)ExitCode.Stop;
        }
        catch (Exception failure) when (failure is DiskFormatException or GptException or LinuxException)
        {
            throw new VmmException($"{command}: {failure.Message}", cause: failure);
        }
    }

    private static CompositePartition ParsePartition(string text)
    {
        string[] fields = text.Split(':');
        if (fields.Length < 2 || fields[0].Length == 0 || fields[1].Length == 0)
        {
            throw new InvalidOptionException($"create_composite: the partition '{text}' has no label or no image: it is LABEL:IMAGE[:writable][:GUID]");
        }

        bool writable = false;
        Guid? id = null;
        foreach (string field in fields[2..])
        {
            if (field == "writable" && !writable)
            {
                writable = true;
            }
            else if (id is null && Guid.TryParseExact(field, "D", out Guid given) && given != Guid.Empty)
            {
                id = given;
            }
            else
            {
                throw new InvalidOptionException($"create_composite: '{field}' of the partition '{text}' is neither writable nor a GUID, or is there twice");
            }
        }

        return new CompositePartition(fields[0], fields[1], writable, id ?? Guid.NewGuid());
    }

    private static ulong ParseSize(string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong size)
            ? size
            : throw new InvalidOptionException($"create_qcow2: the size '{text}' is not a number of bytes");

    /// <summary>An image on a backing file. The name is kept as it is read later: from the directory of the image.</summary>
    private static Qcow2Creation OverBacking(string target, string backing, string format)
    {
        if (format is not ("raw" or "qcow2"))
        {
            throw new InvalidOptionException($"--backing-format: '{format}' is no format of a backing file: raw or qcow2");
        }

        string folder = Path.GetDirectoryName(Path.GetFullPath(target)) ?? "/";
        string name = Path.IsPathRooted(backing) ? backing : Path.GetRelativePath(folder, Path.GetFullPath(backing));
        return new Qcow2Creation(BackingSize(backing, format)) { BackingFile = name, BackingFormat = format };
    }

    private static ulong BackingSize(string backing, string format)
    {
        PosixFile file = PosixFile.Open(backing, OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK);
        if (format == "qcow2")
        {
            using var disk = Qcow2Disk.Open(file, readOnly: true, allowBacking: true);
            return disk.Size;
        }

        using (file)
        {
            // What a raw image begins with may be its guest's work, so it decides nothing: it only makes the user say what is meant.
            Span<byte> head = stackalloc byte[4];
            if (FileTransfer.ReadAll(file, head, 0) == 0 && head.SequenceEqual(Qcow2Magic))
            {
                throw new VmmException($"create_qcow2: {backing} begins as a qcow2 image and not as a raw one: --backing-format qcow2 takes it as one");
            }

            long length = FileSpace.Size(file);
            return length > 0 ? (ulong)length / 512 * 512 : throw new DiskFormatException(backing, "is empty and cannot be a backing file");
        }
    }
}
