using System.Text.Json;
using System.Text.Json.Serialization;
using Kvm.Interop;
using Kvm.Interop.Files;
using Virtualization.Aidl;

namespace VirtualizationService.Configs;

/// <summary>What VMs of an operating system are made from: <c>etc/NAME.json</c> in AVF's form of a raw configuration. Paths are relative to the file.</summary>
public sealed record OsTemplate
{
    // Settable, not init: the JSON generator would overwrite the defaults of init-only members that the file does not have.

    /// <summary>The kernel's file.</summary>
    public string? Kernel { get; set; }

    /// <summary>The initial RAM disk's file; where it is missing, the one whose name says the debug level.</summary>
    public string? Initrd { get; set; }

    /// <summary>Kernel parameters.</summary>
    public string? Params { get; set; }

    /// <summary>The disks.</summary>
    public IReadOnlyList<TemplateDisk> Disks { get; set; } = [];

    /// <summary>Guest memory in MiB.</summary>
    public int MemoryMib { get; set; }

    /// <summary>Which versions of the platform it runs on.</summary>
    public string PlatformVersion { get; set; } = "";

    /// <summary>The console with input: <c>hvc0</c> or <c>ttyS0</c>.</summary>
    public string? ConsoleInputDevice { get; set; }

    /// <summary>The template's file.</summary>
    [JsonIgnore]
    public string File { get; private init; } = "";

    /// <summary>The systems that are there: the names of the templates.</summary>
    /// <param name="etc">Where templates are.</param>
    public static IReadOnlyList<string> List(string etc)
    {
        try
        {
            return [.. Directory.GetFiles(etc, "*.json").Select(static file => Path.GetFileNameWithoutExtension(file)!).Where(IsName).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Reads a system's template.</summary>
    /// <param name="etc">Where templates are.</param>
    /// <param name="name">The system's name.</param>
    /// <exception cref="RefusedException">There is none of that name, or it is not good; with line and column.</exception>
    public static OsTemplate Load(string etc, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string file = Path.Combine(etc, $"{name}.json");
        // A name, not a path: it comes from the client.
        if (!IsName(name) || !System.IO.File.Exists(file))
        {
            string known = string.Join(", ", List(etc));
            throw new RefusedException(Refusal.Argument, $"there is no operating system '{name}' in {etc}; there is {(known.Length > 0 ? known : "none")}");
        }

        try
        {
            return Parse(System.IO.File.ReadAllBytes(file), file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RefusedException(Refusal.Failed, $"{file}: cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Reads a template.</summary>
    /// <param name="json">Its text.</param>
    /// <param name="file">Its file, which paths are relative to.</param>
    /// <exception cref="RefusedException">It is not good; with line and column.</exception>
    public static OsTemplate Parse(ReadOnlySpan<byte> json, string file)
    {
        OsTemplate template;
        try
        {
            template = JsonSerializer.Deserialize(json, TemplateJson.Default.OsTemplate) ?? throw new JsonException("there is nothing in it");
        }
        catch (JsonException e)
        {
            throw new RefusedException(Refusal.Failed, $"{file}{JsonFault.Place(e)}: {JsonFault.Reason(e)}", e);
        }

        string? fault = template.Kernel is null ? "there is no kernel"
            : template.Disks is null ? "disks is null; write []"
            : template.Disks.Any(static disk => disk is null || disk.Image is null == (disk.Partitions.Count == 0)) ? "a disk has exactly one of image and partitions"
            : template.MemoryMib < 0 ? "memory_mib is negative"
            : template.ConsoleInputDevice is not (null or "hvc0" or "ttyS0") ? $"console_input_device is '{template.ConsoleInputDevice}'; hvc0 and ttyS0 are possible"
            : null;
        return fault is null ? template with { File = file } : throw new RefusedException(Refusal.Failed, $"{file}: {fault}");
    }

    /// <summary>Opens the files of a VM of this system.</summary>
    /// <param name="debuggable">Which of the initial RAM disks.</param>
    /// <exception cref="RefusedException">One is missing.</exception>
    public VirtualMachineRawConfig Open(bool debuggable)
    {
        VirtualMachineRawConfig config = new()
        {
            Params = Params,
            MemoryMib = MemoryMib,
            PlatformVersion = PlatformVersion,
            ConsoleInputDevice = ConsoleInputDevice,
        };
        try
        {
            config.Kernel = OpenFile(Kernel!, writable: false);
            config.Initrd = OpenFile(Initrd ?? DefaultInitrd(debuggable), writable: false);
            List<DiskImage> disks = [];
            config.Disks = disks;
            foreach (TemplateDisk disk in Disks)
            {
                List<Partition> partitions = [];
                DiskImage image = new() { Writable = disk.Writable, Partitions = partitions };
                disks.Add(image);
                image.Image = disk.Image is null ? null : OpenFile(disk.Image, disk.Writable);
                foreach (TemplatePartition partition in disk.Partitions)
                {
                    partitions.Add(new Partition
                    {
                        Label = partition.Label,
                        Image = OpenFile(partition.Path, partition.Writable),
                        Writable = partition.Writable,
                        Guid = partition.Guid,
                    });
                }
            }

            return config;
        }
        catch
        {
            config.Dispose();
            throw;
        }
    }

    private static bool IsName(string name) => name.Length > 0 && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');

    /// <summary>AVF's names: <c>fs/NAME_initrd_normal.img</c>, <c>fs/NAME_initrd_debuggable.img</c>.</summary>
    private string DefaultInitrd(bool debuggable) =>
        Path.Combine("fs", $"{Path.GetFileNameWithoutExtension(File)}_initrd_{(debuggable ? "debuggable" : "normal")}.img");

    private PosixFile OpenFile(string path, bool writable)
    {
        string full = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(File))!, path);
        try
        {
            return PosixFile.Open(full, (writable ? OpenFlags.O_RDWR : OpenFlags.O_RDONLY) | OpenFlags.O_NOCTTY | OpenFlags.O_NONBLOCK);
        }
        catch (LinuxException failure)
        {
            throw new RefusedException(Refusal.Failed, $"{File}: {failure.Message}", failure);
        }
    }
}
