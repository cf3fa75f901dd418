using BootLoader.InstanceImage.Making;
using Kvm.Interop;
using Kvm.Interop.Files;
using Virtualization.Aidl;

namespace VirtualizationService.Disks;

/// <summary>Makes the images that a guest writes.</summary>
public static class WritablePartition
{
    /// <summary>Writable partitions are whole blocks of this many bytes.</summary>
    private const long BlockSize = 4096;

    /// <summary>Tells the guest that the storage is new. Source: AVF, guest/encryptedstore, UNFORMATTED_STORAGE_MAGIC.</summary>
    private static ReadOnlySpan<byte> UnformattedStorage => "UNFORMATTED-STORAGE"u8;

    /// <summary>Empties a file and gives it the content of a new partition.</summary>
    /// <param name="image">The file, open for reading and writing.</param>
    /// <param name="size">Its bytes; rounded up to 4096.</param>
    /// <param name="type">What it is for.</param>
    /// <exception cref="RefusedException">The size or type makes no sense, or the file cannot be written.</exception>
    public static void Initialize(FileDescriptor image, long size, PartitionType type)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (size is <= 0 or > InstanceImageCreation.MaxSize)
        {
            throw new RefusedException(Refusal.Argument, $"a partition of {size} bytes cannot be made; 1 to {InstanceImageCreation.MaxSize} are possible");
        }

        ReadOnlySpan<byte> head = type switch
        {
            PartitionType.Raw => [],
            PartitionType.AndroidVmInstance => InstanceImageCreation.Header(),
            PartitionType.Encryptedstore => UnformattedStorage,
            _ => throw new RefusedException(Refusal.Argument, $"{(int)type} is no type of a partition"),
        };
        long rounded = (size + BlockSize - 1) / BlockSize * BlockSize;
        // Emptied first: what a file of before held must not be left behind the head.
        int error = FileSpace.Resize(image, 0);
        error = error != 0 ? error : FileSpace.Resize(image, (ulong)rounded);
        error = error != 0 || head.IsEmpty ? error : FileTransfer.WriteAll(image, head, 0);
        if (error != 0)
        {
            throw new RefusedException(Refusal.Failed, $"the partition cannot be written: {image.Name}: {Errno.Name(error)}; is it open for writing, and is there space?");
        }
    }
}
