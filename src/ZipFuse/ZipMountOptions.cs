namespace ZipFuse;

/// <summary>How the files of an archive appear. All of them can be read and run by owner and group, and written by nobody.</summary>
public sealed record ZipMountOptions
{
    /// <summary>The user that they belong to.</summary>
    public uint Uid { get; init; }

    /// <summary>The group that they belong to.</summary>
    public uint Gid { get; init; }

    /// <summary>Whether no program there may be run, and no library mapped to be.</summary>
    public bool NoExec { get; init; }
}
