using BootLoader.Sources;

namespace Microdroid.Payload;

/// <summary>What is read of APKs and APEXes. Whatever is wrong with one is an exception with one line.</summary>
internal interface IPackages
{
    /// <summary>Reads the head of an idsig.</summary>
    /// <param name="idsig">Its partition.</param>
    IdsigTree ReadIdsig(RandomAccessSource idsig);

    /// <summary>Reads who signed an APK, and what it is.</summary>
    /// <param name="apk">The APK as dm-verity gives it, with zeros up to a whole block behind it.</param>
    /// <param name="verify">Whether the signature is verified over all of it; else the root hash that its blocks are verified by is known from the first boot.</param>
    ApkIdentity ReadApk(RandomAccessSource apk, bool verify);

    /// <summary>Reads a file in an APK.</summary>
    /// <param name="apk">The APK as dm-verity gives it.</param>
    /// <param name="name">The entry's name.</param>
    /// <param name="limit">The most bytes that it may have.</param>
    /// <returns>Null when there is none.</returns>
    byte[]? ReadEntry(RandomAccessSource apk, string name, int limit);

    /// <summary>Whether an APK has a file.</summary>
    bool HasEntry(RandomAccessSource apk, string name);

    /// <summary>Reads an APEX, and verifies that its payload's tree is signed by its key.</summary>
    /// <param name="apex">Its partition.</param>
    ApexIdentity ReadApex(RandomAccessSource apex);
}
