namespace Kvm.Interop.Files;

/// <summary>What a file is.</summary>
public enum FileKind
{
    /// <summary>A file of bytes.</summary>
    Regular,

    /// <summary>A disk.</summary>
    BlockDevice,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A socket.</summary>
    Socket,

    /// <summary>A pipe, a character device.</summary>
    Other,
}
