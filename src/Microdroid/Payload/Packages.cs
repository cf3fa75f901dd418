using BootLoader.Apex;
using BootLoader.Apk;
using BootLoader.Sources;
using BootLoader.Zip;
using Microdroid.Debugging;
using Microdroid.Devices;

namespace Microdroid.Payload;

/// <summary>APKs and APEXes as the boot loader's library reads them.</summary>
/// <param name="log">Where an APK without a readable manifest is noted.</param>
internal sealed class Packages(GuestLog log) : IPackages
{
    /// <inheritdoc/>
    public IdsigTree ReadIdsig(RandomAccessSource idsig)
    {
        Idsig read = Idsig.Read(idsig);
        return read.BlockSize == VerityDevice.BlockSize && read.RootHash.Length == 32
            ? new IdsigTree(read.RootHash, read.Salt, read.TreeOffset, read.TreeSize)
            : throw new ApkException($"the idsig has blocks of {read.BlockSize} bytes and a root of {read.RootHash.Length}, not {VerityDevice.BlockSize} and 32");
    }

    /// <inheritdoc/>
    public ApkIdentity ReadApk(RandomAccessSource apk, bool verify)
    {
        RandomAccessSource archive = ZipSections.WithoutPadding(apk);
        ApkSignature signature = verify ? ApkVerifier.Verify(archive) : ApkVerifier.ReadUnverified(archive);
        try
        {
            AndroidManifest manifest = AndroidManifest.ReadFromApk(archive);
            return new ApkIdentity(signature.CertificateHash, manifest.Package, manifest.VersionCode);
        }
        catch (Exception e) when (e is ApkException or ZipException)
        {
            // Name and version are for those who judge the chain; that they are missing is their matter (as in AVF).
            log.Write($"the APK's manifest cannot be read, it has no name then: {e.Message}");
            return new ApkIdentity(signature.CertificateHash, "", 0);
        }
    }

    /// <inheritdoc/>
    public byte[]? ReadEntry(RandomAccessSource apk, string name, int limit)
    {
        ZipArchiveReader archive = ZipArchiveReader.Open(ZipSections.WithoutPadding(apk));
        return archive.Find(name) is { } entry ? archive.ReadEntry(entry, limit) : null;
    }

    /// <inheritdoc/>
    public bool HasEntry(RandomAccessSource apk, string name) => ZipArchiveReader.Open(ZipSections.WithoutPadding(apk)).Find(name) is { IsDirectory: false };

    /// <inheritdoc/>
    public ApexIdentity ReadApex(RandomAccessSource apex)
    {
        ApexFile read = ApexFile.Open(ZipSections.WithoutPadding(apex));
        ApexHashtree tree = read.Hashtree;
        return tree is { Algorithm: "sha256", DataBlockSize: VerityDevice.BlockSize, HashBlockSize: VerityDevice.BlockSize }
            ? new ApexIdentity(
                read.Name, read.Version, read.PublicKey, tree.RootDigest, tree.Salt, read.PayloadOffset, read.PayloadSize, tree.ImageSize, tree.TreeOffset)
            : throw new ApexException(
                $"the tree has {tree.Algorithm} over blocks of {tree.DataBlockSize} and {tree.HashBlockSize} bytes; sha256 over {VerityDevice.BlockSize} is possible");
    }
}
