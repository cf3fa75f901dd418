namespace Virtualization.Aidl;

/// <summary>What <see cref="IVirtualizationService.InitializeWritablePartition"/> puts into a partition (AVF PartitionType.aidl).</summary>
public enum PartitionType
{
    /// <summary>Zeros.</summary>
    Raw = 0,

    /// <summary>An empty instance image.</summary>
    AndroidVmInstance = 1,

    /// <summary>The mark of encrypted storage that the guest has yet to format.</summary>
    Encryptedstore = 2,
}
