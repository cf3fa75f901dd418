using BootLoader.Apk;
using BootLoader.Avb;
using BootLoader.Sources;
using BootLoader.Zip;

namespace BootLoader.Apex;

/// <summary>Makes an APEX. The same image, name and RSA key give the same file.</summary>
public static class ApexBuilder
{
    /// <summary>Writes an APEX.</summary>
    /// <param name="manifest">Name and version; the name is that of the APK's package too.</param>
    /// <param name="payload">The file system image, with a hashtree footer (<see cref="Avb.Making.PartitionFooter.AddHashtree"/>) that is signed.</param>
    /// <param name="output">An empty file, readable, writable and seekable.</param>
    /// <param name="container">Signs the file as an APK; null to leave it unsigned: guests trust the key of the payload.</param>
    /// <exception cref="ApexException">The payload is not signed or has no tree, or the name cannot be one.</exception>
    /// <exception cref="IOException">The payload could not be read, or the output not written.</exception>
    public static void Build(ApexManifest manifest, RandomAccessSource payload, Stream output, ApkSigningKey? container = null)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(payload);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentOutOfRangeException.ThrowIfNotEqual(output.Length, 0, nameof(output));
        ArgumentOutOfRangeException.ThrowIfNegative(manifest.Version);
        byte[] vbmeta = ApexFile.ReadVbmeta(payload);
        VbmetaResult result = VbmetaImage.Open(vbmeta, out VbmetaImage opened);
        if (result != VbmetaResult.Ok)
        {
            throw new ApexException($"the vbmeta of the payload is refused: {result}");
        }

        byte[] key = opened.PublicKey.ToArray();
        ApexFile.ReadHashtree(payload, key);
        try
        {
            var archive = new ZipArchiveWriter(output);
            var android = new AndroidManifest { Package = manifest.Name, VersionCode = (ulong)manifest.Version };
            Add(archive, AndroidManifest.EntryName, android.ToBytes());
            Add(archive, ApexManifest.EntryName, manifest.ToBytes());
            Add(archive, ApexFile.PublicKeyEntry, key);
            archive.Add(ApexFile.PayloadEntry, payload, ZipMethod.Stored, ApexFile.PayloadAlignment);
            archive.Finish();
            if (container is not null)
            {
                ApkSigner.SignInPlace(output, container);
            }
        }
        catch (Exception failure) when (failure is ZipException or ApkException)
        {
            throw new ApexException(failure.Message, failure);
        }
    }

    private static void Add(ZipArchiveWriter archive, string name, byte[] content)
    {
        using var source = new MemorySource(content);
        archive.Add(name, source, ZipMethod.Stored);
    }
}
