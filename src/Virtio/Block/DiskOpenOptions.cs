namespace Virtio.Block;

/// <summary>How the files of a disk are opened.</summary>
/// <param name="ReadOnly">Never written.</param>
/// <param name="Direct">Past the host's page cache (O_DIRECT).</param>
/// <param name="Lock">Locked against other programs that lock too (flock(2)): exclusively, or shared when only read.</param>
/// <param name="AllowBacking">The backing file that a qcow2 image names is opened, only for reading.</param>
public sealed record DiskOpenOptions(bool ReadOnly = false, bool Direct = false, bool Lock = true, bool AllowBacking = false);
