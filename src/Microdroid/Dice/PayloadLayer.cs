using System.Security.Cryptography;
using System.Text;
using BootLoader.Cbor;
using BootLoader.Dice;
using BootLoader.InstanceImage.Microdroid;
using Virtualization.Payload;

namespace Microdroid.Dice;

/// <summary>What the payload's DICE layer is measured by (AVF microdroid_manager, dice.rs; pvm_dice_chain.md).</summary>
internal static class PayloadLayer
{
    /// <summary>The layer's component name.</summary>
    public static ReadOnlySpan<byte> ComponentName => "Microdroid payload"u8;

    /// <summary>Derives the layer.</summary>
    /// <param name="artifacts">The guest's own layer.</param>
    /// <param name="data">The verified payload.</param>
    /// <param name="metadata">What is to be run.</param>
    /// <param name="isDebuggable">Whether the guest may be looked into.</param>
    /// <param name="hidden">64 bytes: <see cref="Hidden"/>.</param>
    public static DiceArtifacts Derive(
        DiceArtifacts artifacts, MicrodroidData data, PayloadMetadata metadata, bool isDebuggable, ReadOnlySpan<byte> hidden)
    {
        Span<byte> code = stackalloc byte[DiceFormat.HashSize];
        Span<byte> authority = stackalloc byte[DiceFormat.HashSize];
        CodeHash(data, code);
        AuthorityHash(data, authority);
        var inputs = new DiceInputs(code, authority, isDebuggable ? DiceMode.Debug : DiceMode.Normal, hidden);
        return artifacts.Derive(inputs, new DiceComponent
        {
            Name = ComponentName,
            PayloadConfigPath = Encoding.UTF8.GetBytes(metadata.ConfigPath ?? ""),
            PayloadBinaryName = Encoding.UTF8.GetBytes(metadata.Config?.PayloadBinaryName ?? ""),
            SubComponents = SubComponents(data),
        });
    }

    /// <summary>What tells instances apart: nothing where the firmware has done so, else the id that the host gave the instance.</summary>
    /// <param name="isStrictBoot">Whether firmware has verified the guest.</param>
    /// <param name="instanceId">The id; null for none.</param>
    public static byte[] Hidden(bool isStrictBoot, byte[]? instanceId) =>
        isStrictBoot || instanceId is null ? new byte[DiceFormat.HiddenSize] : SHA512.HashData(instanceId);

    /// <summary>SHA-512 of the APKs' root hashes and the APEXes' root digests.</summary>
    public static void CodeHash(MicrodroidData data, Span<byte> hash)
    {
        using IncrementalHash sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        sha.AppendData(data.Apk.RootHash.Span);
        foreach (ApkData apk in data.ExtraApks)
        {
            sha.AppendData(apk.RootHash.Span);
        }

        foreach (ApexData apex in data.Apexes)
        {
            sha.AppendData(apex.RootDigest.Span);
        }

        sha.GetHashAndReset(hash);
    }

    /// <summary>SHA-512 of the hashes of the APKs' certificates and the APEXes' keys themselves.</summary>
    public static void AuthorityHash(MicrodroidData data, Span<byte> hash)
    {
        using IncrementalHash sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        sha.AppendData(data.Apk.CertificateHash.Span);
        foreach (ApkData apk in data.ExtraApks)
        {
            sha.AppendData(apk.CertificateHash.Span);
        }

        foreach (ApexData apex in data.Apexes)
        {
            sha.AppendData(apex.PublicKey.Span);
        }

        sha.GetHashAndReset(hash);
    }

    /// <summary>The encoded list of APKs, then APEXes. An APEX is vouched for by the hash of its key here.</summary>
    public static byte[] SubComponents(MicrodroidData data)
    {
        var measure = new CborWriter([]);
        WriteSubComponents(ref measure, data);
        byte[] list = new byte[measure.Length];
        var writer = new CborWriter(list);
        WriteSubComponents(ref writer, data);
        return list;
    }

    private static void WriteSubComponents(ref CborWriter writer, MicrodroidData data)
    {
        writer.WriteArray(1 + data.ExtraApks.Count + data.Apexes.Count);
        foreach (ApkData apk in data.ExtraApks.Prepend(data.Apk))
        {
            byte[] name = Encoding.UTF8.GetBytes($"apk:{apk.PackageName}");
            new DiceSubComponent(name, apk.VersionCode, apk.RootHash.Span, apk.CertificateHash.Span).Write(ref writer);
        }

        foreach (ApexData apex in data.Apexes)
        {
            byte[] name = Encoding.UTF8.GetBytes($"apex:{apex.ManifestName}");
            new DiceSubComponent(name, (ulong)(apex.ManifestVersion ?? 0), apex.RootDigest.Span, SHA512.HashData(apex.PublicKey.Span)).Write(ref writer);
        }
    }
}
