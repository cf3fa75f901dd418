using System.Buffers.Binary;
using Kvm.Interop.Files;
using Microdroid.Devices;
using Microdroid.Failure;

namespace Microdroid.Payload;

/// <summary>Mounts APEXes by their names, with dm-verity below.</summary>
internal sealed class ApexMounts(IBlockDevices devices, IMounts mounts, string root = "/apex")
{
    private const int LongestName = 64;

    // erofs: linux/fs/erofs/erofs_fs.h; ext4: Documentation/filesystems/ext4/super.rst. Both superblocks begin at byte 1024.
    private const int SuperblockOffset = 1024;
    private const uint ErofsMagic = 0xe0f5_e1e2;
    private const int Ext4MagicOffset = SuperblockOffset + 0x38;
    private const ushort Ext4Magic = 0xef53;

    /// <summary>Mounts one, at a directory with the name in its manifest.</summary>
    /// <returns>The directory.</returns>
    public string Mount(VerifiedApex apex)
    {
        ApexIdentity identity = apex.Identity;
        CheckName(identity.Name);
        string device;
        using (ILoop payload = devices.AttachLoop(apex.Partition, identity.PayloadOffset, identity.PayloadSize))
        {
            device = devices.CreateVerity(new VerityDevice(
                $"apex-{identity.Name}", payload.Path, payload.Path, identity.DataSize, identity.TreeOffset, identity.RootDigest, identity.Salt));
        }

        string target = Path.Combine(root, identity.Name);
        mounts.Attach(device, target, FileSystemOf(device, identity.Name), MountFlags.MS_RDONLY | MountFlags.MS_NOSUID | MountFlags.MS_NODEV);
        return target;
    }

    /// <summary>A name becomes a directory and a device: only what a package is named is one.</summary>
    private static void CheckName(string name)
    {
        bool isName = name.Length is > 0 and <= LongestName && char.IsAsciiLetter(name[0])
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
        if (!isName)
        {
            throw new MicrodroidException(
                FailureReason.PayloadVerificationFailed, $"an APEX cannot be named '{name}': letters, digits, '.', '_' and '-', at most {LongestName}");
        }
    }

    private static string FileSystemOf(string device, string name)
    {
        byte[] superblock = new byte[2 * SuperblockOffset];
        using (PosixFile file = PosixFile.Open(device, OpenFlags.O_RDONLY))
        {
            int read = file.ReadAt(superblock, 0);
            superblock.AsSpan(read).Clear();
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(superblock.AsSpan(SuperblockOffset)) == ErofsMagic)
        {
            return "erofs";
        }

        return BinaryPrimitives.ReadUInt16LittleEndian(superblock.AsSpan(Ext4MagicOffset)) == Ext4Magic
            ? "ext4"
            : throw new MicrodroidException(FailureReason.PayloadVerificationFailed, $"APEX '{name}' holds neither erofs nor ext4");
    }
}
