using BootLoader.Apex;
using BootLoader.Apk;
using BootLoader.Sources;
using BootLoader.Zip;

namespace Vmm.CommandLine.Image;

/// <summary>Finds out what an APK, an APEX or an idsig is.</summary>
internal static class PackageReportReader
{
    /// <summary>The name of the fact that says who signed an APK.</summary>
    public const string CertificateFact = "certificateSha512";

    /// <summary>Reads a package; null when the file is none. What it claims is shown, and nothing is verified.</summary>
    public static (string Kind, string Description)? Read(FileStream file, List<ImageField> fields, ref string? problem)
    {
        using var source = new FileSource(file.SafeFileHandle, file.Length, leaveOpen: true);
        Span<byte> head = stackalloc byte[8];
        if (source.Length < head.Length)
        {
            return null;
        }

        source.ReadExactly(0, head);
        try
        {
            if (head.StartsWith("PK\u0003\u0004"u8))
            {
                return ReadArchive(source, fields);
            }

            // Version 2, and as many bytes of hashing_info as there are without a salt, or with one.
            return head[..4].SequenceEqual((ReadOnlySpan<byte>)[2, 0, 0, 0]) && head[4] is >= 45 and <= 77 && !head[5..].ContainsAnyExcept((byte)0)
                ? ReadIdsig(source, fields)
                : null;
        }
        catch (Exception failure) when (failure is ZipException or ApkException or ApexException)
        {
            problem ??= failure.Message;
            return head[0] == 2 ? ("idsig", "signature file of an APK (idsig)") : ("zip", "zip archive");
        }
    }

    private static (string Kind, string Description) ReadArchive(FileSource source, List<ImageField> fields)
    {
        var archive = ZipArchiveReader.Open(source);
        if (archive.Find(ApexFile.PayloadEntry) is not null)
        {
            var apex = ApexFile.Open(source);
            fields.Add(new ImageField("name", Text(apex.Name)));
            fields.Add(new ImageField("version", $"{apex.Version}"));
            fields.Add(new ImageField("publicKeySha512", Convert.ToHexStringLower(System.Security.Cryptography.SHA512.HashData(apex.PublicKey.Span))));
            fields.Add(new ImageField("rootDigest", Convert.ToHexStringLower(apex.RootDigest.Span)));
            fields.Add(new ImageField("payload", $"{apex.PayloadSize} bytes at byte {apex.PayloadOffset}"));
            return ("apex", "APEX");
        }

        if (archive.Find(AndroidManifest.EntryName) is null)
        {
            fields.Add(new ImageField("entries", $"{archive.Entries.Count}"));
            return ("zip", "zip archive");
        }

        AndroidManifest manifest = AndroidManifest.ReadFromApk(source);
        fields.Add(new ImageField("package", manifest.Package));
        fields.Add(new ImageField("versionCode", $"{manifest.VersionCode}"));
        if (manifest.VersionName is { } name)
        {
            fields.Add(new ImageField("versionName", Text(name)));
        }

        AddSigner(fields, ApkVerifier.ReadUnverified(source));
        return ("apk", "APK");
    }

    /// <summary>Adds who signed an APK.</summary>
    public static void AddSigner(List<ImageField> fields, ApkSignature signature)
    {
        fields.Add(new ImageField("signature", $"v3, {signature.Algorithm}"));
        fields.Add(new ImageField(CertificateFact, Convert.ToHexStringLower(signature.CertificateHash.Span)));
        fields.Add(new ImageField("apkDigest", Convert.ToHexStringLower(signature.Digest.Span)));
    }

    private static (string Kind, string Description) ReadIdsig(FileSource source, List<ImageField> fields)
    {
        Idsig idsig = Idsig.Read(source);
        fields.Add(new ImageField("rootHash", Convert.ToHexStringLower(idsig.RootHash.Span)));
        fields.Add(new ImageField("apkDigest", Convert.ToHexStringLower(idsig.ApkDigest.Span)));
        fields.Add(new ImageField("tree", $"{idsig.TreeSize} bytes at byte {idsig.TreeOffset}"));
        return ("idsig", "signature file of an APK (idsig)");
    }

    private static string Text(string text) => VbmetaReportReader.Text(System.Text.Encoding.UTF8.GetBytes(text));
}
