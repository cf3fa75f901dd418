using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using BootLoader.InstanceImage.Making;
using Kvm.Interop;
using Kvm.Interop.Files;
using Vmm.Outcome;

namespace Vmm.CommandLine.Image;

/// <summary>The command <c>vmm image create-instance</c>: an empty instance image, the content of the partition <c>vm-instance</c>.</summary>
internal static class CreateInstanceCommand
{
    private const string Name = "create-instance";

    public static Command Make()
    {
        var file = new Argument<string>("FILE") { Description = "the image; the VM it belongs to is the one that first boots with it" };
        var size = new Option<string?>("--size")
        {
            HelpName = "BYTES",
            Description = $"rounded up to 4096; by default {InstanceImageCreation.DefaultSize}",
        };
        var force = new Option<bool>("--force") { Description = "write over a file: what its VM has sealed is lost" };
        var command = new Command(Name, "make an empty instance image, for the partition vm-instance of a protected VM") { file, size, force };
        command.SetAction(result =>
        {
            Write(result.GetValue(file)!, ParseSize(result.GetValue(size)), result.GetValue(force));
            return (int)ExitCode.Stop;
        });
        return command;
    }

    private static InstanceImageCreation ParseSize(string? text)
    {
        if (text is null)
        {
            return new InstanceImageCreation(InstanceImageCreation.DefaultSize);
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long size) && size is > 0 and <= InstanceImageCreation.MaxSize
            ? new InstanceImageCreation(size)
            : throw new InvalidOptionException($"--size: '{text}' is no size of an instance image: 1 to {InstanceImageCreation.MaxSize} bytes");
    }

    private static void Write(string path, InstanceImageCreation image, bool force)
    {
        if (!force && Path.Exists(path))
        {
            throw Exists(path);
        }

        if (Directory.Exists(path))
        {
            throw new VmmException($"{Name}: {path} is a directory, not a file");
        }

        // Whole, or not at all: it is made beside its place. A link is replaced, not followed.
        string full = Path.GetFullPath(path);
        string temporary = Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.part");
        try
        {
            WriteNew(temporary, image);
            if (force)
            {
                File.Move(temporary, full, overwrite: true);
            }
            else if (!FileName.TryMove(temporary, full))
            {
                Delete(temporary);
                throw Exists(path);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or LinuxException)
        {
            Delete(temporary);
            throw new VmmException($"{Name}: cannot write {path}: {Reason(failure)}", cause: failure);
        }
    }

    private static void WriteNew(string path, InstanceImageCreation image)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using var stream = new FileStream(path, options);
        stream.Write(InstanceImageCreation.Header());
        stream.SetLength(image.Size);
        stream.Flush(flushToDisk: true);
    }

    private static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The failure that led here is the one to tell.
        }
    }

    private static VmmException Exists(string path) =>
        new($"{Name}: {path} exists; with --force it becomes a new instance, and what the VM of the old one has sealed is lost");

    private static string Reason(Exception failure) => failure switch
    {
        DirectoryNotFoundException or FileNotFoundException => Marshal.GetPInvokeErrorMessage(Errno.ENOENT),
        UnauthorizedAccessException => Marshal.GetPInvokeErrorMessage(Errno.EACCES),
        _ when failure.HResult is > 0 and < 4096 => Marshal.GetPInvokeErrorMessage(failure.HResult),
        _ => failure.Message,
    };
}
