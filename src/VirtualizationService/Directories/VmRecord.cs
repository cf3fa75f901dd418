using System.Text.Json;

namespace VirtualizationService.Directories;

/// <summary>What is known of a VM, kept in its temporary directory so that <c>vm list</c> sees the VMs of all of the user's processes.</summary>
public sealed record VmRecord
{
    /// <summary>The record's name in the directory.</summary>
    public const string FileName = "vm.json";

    private const int LargestFile = 64 * 1024;

    /// <summary>The guest's address.</summary>
    public required uint Cid { get; init; }

    /// <summary>The name that the client gave it.</summary>
    public required string Name { get; init; }

    /// <summary>Whose it is.</summary>
    public required uint RequesterUid { get; init; }

    /// <summary>The client's process.</summary>
    public required int RequesterPid { get; init; }

    /// <summary>The terminal of the client that is the guest's console.</summary>
    public string? HostConsoleName { get; init; }

    /// <summary>Whether the guest may be debugged.</summary>
    public bool Debuggable { get; init; }

    /// <summary>The VMM's process; null before the start.</summary>
    public int? VmmPid { get; init; }

    /// <summary>When that process began, in jiffies (field 22 of <c>/proc/PID/stat</c>), which tells it from a later one of the same number.</summary>
    public long? VmmStart { get; init; }

    /// <summary>Writes it whole or not at all.</summary>
    /// <param name="directory">The VM's directory.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(string directory)
    {
        string part = Path.Combine(directory, $"{FileName}.part");
        File.WriteAllBytes(part, JsonSerializer.SerializeToUtf8Bytes(this, ServiceJson.Default.VmRecord));
        File.Move(part, Path.Combine(directory, FileName), overwrite: true);
    }

    /// <summary>Reads a directory's record; null where there is none, or none that can be read.</summary>
    public static VmRecord? Read(string directory)
    {
        try
        {
            FileInfo file = new(Path.Combine(directory, FileName));
            return file is { Exists: true, LinkTarget: null, Length: <= LargestFile }
                ? JsonSerializer.Deserialize(File.ReadAllBytes(file.FullName), ServiceJson.Default.VmRecord)
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }
}
