namespace ZipFuse;

/// <summary>Numbers of the kernel's interface (linux/fuse.h, version 7.31); all fields have the machine's byte order, which is little-endian.</summary>
internal static class FuseFormat
{
    /// <summary>FUSE_KERNEL_VERSION.</summary>
    public const uint Major = 7;

    /// <summary>The newest minor version whose structures are used here; the kernel serves older ones than its own.</summary>
    public const uint Minor = 31;

    /// <summary>The oldest whose FUSE_INIT has flags for opening without a request.</summary>
    public const uint OldestMinor = 24;

    /// <summary>FUSE_ROOT_ID: the node of the root.</summary>
    public const ulong Root = 1;

    /// <summary>Bytes of fuse_in_header.</summary>
    public const int InHeader = 40;

    /// <summary>Bytes of fuse_out_header.</summary>
    public const int OutHeader = 16;

    /// <summary>Bytes of fuse_attr.</summary>
    public const int Attr = 88;

    /// <summary>Bytes of fuse_entry_out before its fuse_attr.</summary>
    public const int Entry = 40;

    /// <summary>Bytes of fuse_attr_out before its fuse_attr.</summary>
    public const int AttrOut = 16;

    /// <summary>Bytes of fuse_init_out.</summary>
    public const int InitOut = 64;

    /// <summary>Bytes of fuse_kstatfs.</summary>
    public const int StatFs = 80;

    /// <summary>Bytes of fuse_dirent before its name.</summary>
    public const int DirEntry = 24;

    /// <summary>Bytes of fuse_read_in, which FUSE_READDIR has too.</summary>
    public const int ReadIn = 40;

    /// <summary>What a read may ask for: the kernel's own limit unless another one is agreed on, and given to mount(2) too.</summary>
    public const int MaxRead = 128 << 10;

    /// <summary>max_write: the least that the kernel takes. Nothing is written.</summary>
    public const int MaxWrite = 4096;

    /// <summary>Bytes of a buffer that every request fits in: FUSE_MIN_READ_BUFFER, and more than header, fuse_write_in and <see cref="MaxWrite"/>.</summary>
    public const int RequestBuffer = 8192;

    /// <summary>FUSE_ASYNC_READ: several reads of one file at once.</summary>
    public const uint AsyncRead = 1 << 0;

    /// <summary>FUSE_NO_OPEN_SUPPORT: FUSE_OPEN may be answered with ENOSYS; the kernel then opens by itself, and keeps its cache.</summary>
    public const uint NoOpenSupport = 1 << 17;

    /// <summary>FUSE_PARALLEL_DIROPS: several look-ups in one directory at once.</summary>
    public const uint ParallelDirOps = 1 << 18;

    /// <summary>FUSE_NO_OPENDIR_SUPPORT: the same for FUSE_OPENDIR.</summary>
    public const uint NoOpenDirSupport = 1 << 24;

    /// <summary>S_IFDIR.</summary>
    public const uint Directory = 0x4000;

    /// <summary>S_IFREG.</summary>
    public const uint RegularFile = 0x8000;

    /// <summary>DT_DIR.</summary>
    public const uint DirectoryType = 4;

    /// <summary>DT_REG.</summary>
    public const uint RegularFileType = 8;

    /// <summary>Seconds that names and attributes stay valid: nothing changes.</summary>
    public const ulong Forever = 1UL << 31;
}
