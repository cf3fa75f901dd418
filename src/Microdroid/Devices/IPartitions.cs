namespace Microdroid.Devices;

/// <summary>The partitions of the VM's disks, by the names that the host gave them.</summary>
internal interface IPartitions
{
    /// <summary>Finds a partition.</summary>
    /// <param name="label">Its name.</param>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="InvalidDataException">There are several.</exception>
    Partition? Find(string label);
}
