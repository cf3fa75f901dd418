namespace BootLoader.Gpt;

/// <summary>What partitions hold.</summary>
public static class GptPartitionType
{
    /// <summary>The type "Linux filesystem data" (Discoverable Partitions Specification).</summary>
    public static Guid LinuxFilesystem { get; } = new("0FC63DAF-8483-4772-8E79-3D69D8477DE4");

    /// <summary>The type "EFI system partition".</summary>
    public static Guid EfiSystem { get; } = new("C12A7328-F81F-11D2-BA4B-00A0C93EC93B");
}
