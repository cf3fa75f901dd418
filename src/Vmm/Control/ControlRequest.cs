using System.Text.Json.Serialization;

namespace Vmm.Control;

/// <summary>A packet from client to server: <c>{"request":"stop"}</c>.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ControlRequest
{
    /// <summary>One of the names in this type.</summary>
    public required string Request { get; init; }

    /// <summary>For <see cref="ResizeDisk"/>: the disk's number, from 0.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ulong? Disk { get; init; }

    /// <summary>For <see cref="ResizeDisk"/>: the new size in bytes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ulong? Size { get; init; }

    /// <summary>For <see cref="Balloon"/>: what the balloon should hold.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ulong? Bytes { get; init; }

    /// <summary>For <see cref="Balloon"/>: answer when the balloon holds it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Wait { get; init; }

    /// <summary>End the VM. Answered when the end has begun.</summary>
    public const string Stop = "stop";

    /// <summary>Stop the vCPUs. Answered when none of them runs.</summary>
    public const string Suspend = "suspend";

    /// <summary>Let the vCPUs run again.</summary>
    public const string Resume = "resume";

    /// <summary>Change the size of a disk. Answered when it has the size and the guest was told.</summary>
    public const string ResizeDisk = "disk_resize";

    /// <summary>Ask what the VM is doing.</summary>
    public const string Status = "status";

    /// <summary>Ask for the version of the program and of this protocol.</summary>
    public const string Version = "version";

    /// <summary>Give the balloon another size. Answered when the guest was told, or, with <see cref="Wait"/>, when it has followed.</summary>
    public const string Balloon = "balloon";

    /// <summary>Ask the guest about its memory.</summary>
    public const string BalloonStats = "balloon_stats";
}
