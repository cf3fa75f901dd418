namespace Kvm.Interop.Files;

/// <summary>What fallocate(2) does with a range (linux/falloc.h).</summary>
[Flags]
#pragma warning disable CS1591 // the names are the header's, described in fallocate(2)
public enum FallocateMode
{
    None = 0,
    FALLOC_FL_KEEP_SIZE = 1,
    FALLOC_FL_PUNCH_HOLE = 2,
    FALLOC_FL_ZERO_RANGE = 0x10,
}
