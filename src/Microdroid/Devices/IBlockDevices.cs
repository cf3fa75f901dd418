namespace Microdroid.Devices;

/// <summary>Block devices on top of others.</summary>
internal interface IBlockDevices
{
    /// <summary>Makes a read-only device of a part of another.</summary>
    /// <param name="device">The other.</param>
    /// <param name="offset">Where the part begins, in bytes.</param>
    /// <param name="size">Its length in bytes, a multiple of 512.</param>
    ILoop AttachLoop(string device, long offset, long size);

    /// <summary>Makes a read-only device whose every block is verified when it is read.</summary>
    /// <returns>Its path.</returns>
    string CreateVerity(VerityDevice device);

    /// <summary>Makes a device whose blocks are encrypted on the one below: aes-hctr2-plain64 with sectors of 4096 bytes.</summary>
    /// <param name="name">The name of the new device.</param>
    /// <param name="device">The one below.</param>
    /// <param name="size">Its size in bytes, a multiple of 4096.</param>
    /// <param name="key">32 bytes.</param>
    /// <returns>Its path.</returns>
    string CreateCrypt(string name, string device, long size, ReadOnlySpan<byte> key);

    /// <summary>Takes a device away that <see cref="CreateVerity"/> or <see cref="CreateCrypt"/> made.</summary>
    void Remove(string name);
}
