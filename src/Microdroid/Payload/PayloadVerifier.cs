using BootLoader.Apex;
using BootLoader.Apk;
using BootLoader.InstanceImage.Microdroid;
using BootLoader.Sources;
using BootLoader.Zip;
using Kvm.Interop;
using Microdroid.Debugging;
using Microdroid.Devices;
using Microdroid.Failure;
using Virtualization.Payload;

namespace Microdroid.Payload;

/// <summary>
/// Verifies the payload, and puts dm-verity below its APKs. The root of an APK's tree is the host's word at first; then the whole signature is verified
/// over what dm-verity gives by this root. Later the root that was kept decides, and the signature is only read.
/// </summary>
/// <remarks>All else of a partition that decides something is read once: what a second read would give is the host's choice.</remarks>
internal sealed class PayloadVerifier(IPartitions partitions, IBlockDevices devices, IPackages packages, GuestLog log)
{
    /// <summary>The name of the APK's dm-verity device; extra APKs' are <c>extra-apk-N</c>.</summary>
    public const string ApkDeviceName = "microdroid-apk";

    /// <summary>The most extra APKs.</summary>
    public const int MaximumExtraApks = 64;

    /// <summary>Verifies everything.</summary>
    /// <param name="metadata">What the host says is there.</param>
    /// <param name="saved">What the instance first booted; null at the first boot.</param>
    /// <exception cref="MicrodroidException">It is not genuine, or its APEXes have changed.</exception>
    public VerifiedPayload Verify(PayloadMetadata metadata, MicrodroidData? saved)
    {
        try
        {
            VerifiedApk apk = VerifyApk(metadata.Apk.PayloadPartitionName, metadata.Apk.IdsigPartitionName, ApkDeviceName, saved?.Apk);
            var extras = new List<VerifiedApk>();
            while (HasExtraApk(extras.Count))
            {
                int i = extras.Count;
                extras.Add(VerifyApk($"extra-apk-{i}", $"extra-idsig-{i}", $"extra-apk-{i}", saved?.ExtraApks.ElementAtOrDefault(i)));
            }

            VerifiedApex[] apexes = [.. metadata.Apexes.Select(VerifyApex)];
            return new VerifiedPayload(apk, extras, apexes);
        }
        catch (Exception e) when (e is ApkException or ApexException or ZipException or InvalidDataException or IOException or LinuxException)
        {
            throw new MicrodroidException(FailureReason.PayloadVerificationFailed, e.Message, e);
        }
    }

    private bool HasExtraApk(int index)
    {
        bool apk = partitions.Find($"extra-apk-{index}") is not null, idsig = partitions.Find($"extra-idsig-{index}") is not null;
        if (apk != idsig)
        {
            throw new InvalidDataException($"of extra APK {index} only the {(apk ? "APK" : "idsig")} is there");
        }

        return apk && index >= MaximumExtraApks ? throw new InvalidDataException($"there are more than {MaximumExtraApks} extra APKs") : apk;
    }

    private VerifiedApk VerifyApk(string label, string idsigLabel, string name, ApkData? saved)
    {
        Partition partition = Require(label), idsig = Require(idsigLabel);
        IdsigTree tree = OnDevice(idsig, packages.ReadIdsig);
        bool isTrusted = saved is not null && saved.RootHash.Span.SequenceEqual(tree.RootHash.Span);
        string device;
        // An APK of one block has no tree; dm-verity then looks at no hash device, but has to be given one.
        using (ILoop? hashes = tree.TreeSize > 0 ? devices.AttachLoop(idsig.Device, tree.TreeOffset, tree.TreeSize) : null)
        {
            device = devices.CreateVerity(
                new VerityDevice(name, partition.Device, hashes?.Path ?? partition.Device, partition.Size, 0, tree.RootHash, tree.Salt));
        }

        log.Write($"{label}: {(isTrusted ? "known by its root hash" : "verifying the signature")}");
        ApkIdentity identity = OnDevice(partition with { Device = device }, source => packages.ReadApk(source, verify: !isTrusted));
        log.Write($"{label}: package '{identity.PackageName}', version {identity.VersionCode}");
        return new VerifiedApk(
            device, partition.Size, new ApkData(tree.RootHash, identity.CertificateHash, identity.PackageName, identity.VersionCode));
    }

    private VerifiedApex VerifyApex(ApexPayload apex)
    {
        Partition partition = Require(apex.PartitionName);
        ApexIdentity identity = OnDevice(partition, packages.ReadApex);
        if (apex.PublicKey.Length > 0 && !identity.PublicKey.Span.SequenceEqual(apex.PublicKey))
        {
            throw new ApexException($"APEX '{apex.Name}' is signed by another key than the one in the payload's metadata");
        }

        if (apex.RootDigest.Length > 0 && !identity.RootDigest.Span.SequenceEqual(apex.RootDigest))
        {
            throw new ApexException($"APEX '{apex.Name}' has another root digest than the one in the payload's metadata");
        }

        log.Write($"{apex.PartitionName}: APEX '{identity.Name}', version {identity.Version}");
        var data = new ApexData(
            apex.Name, identity.Name, identity.Version, identity.PublicKey, identity.RootDigest, apex.LastUpdateSeconds, apex.IsFactory);
        return new VerifiedApex(partition.Device, identity, data);
    }

    private Partition Require(string label) =>
        partitions.Find(label) ?? throw new InvalidDataException($"there is no partition '{label}'");

    private static T OnDevice<T>(Partition partition, Func<RandomAccessSource, T> read)
    {
        try
        {
            using var source = new FileSource(
                File.OpenHandle(partition.Device, FileMode.Open, FileAccess.Read, FileShare.ReadWrite), partition.Size);
            return read(source);
        }
        catch (Exception e) when (e is ApkException or ApexException or ZipException or IOException)
        {
            throw new InvalidDataException($"{partition.Label}: {e.Message}", e);
        }
    }
}
