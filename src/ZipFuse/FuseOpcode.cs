namespace ZipFuse;

/// <summary>What the kernel asks for (linux/fuse.h, enum fuse_opcode); those that are answered otherwise than with an error.</summary>
internal enum FuseOpcode : uint
{
    Lookup = 1,
    Forget = 2,
    GetAttr = 3,
    SetAttr = 4,
    Symlink = 6,
    MkNod = 8,
    MkDir = 9,
    Unlink = 10,
    RmDir = 11,
    Rename = 12,
    Link = 13,
    Read = 15,
    Write = 16,
    StatFs = 17,
    Init = 26,
    ReadDir = 28,
    Create = 35,
    Destroy = 38,
    BatchForget = 42,
    Rename2 = 45,
}
