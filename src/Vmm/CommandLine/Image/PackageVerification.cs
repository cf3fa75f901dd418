using BootLoader.Apex;
using BootLoader.Apk;
using BootLoader.Sources;
using BootLoader.Zip;
using Vmm.Outcome;

namespace Vmm.CommandLine.Image;

/// <summary>Verifies APK and APEX files whole, as a guest's manager does at the first boot.</summary>
internal static class PackageVerification
{
    /// <summary>Whether a file is a zip archive, and so no image with a vbmeta.</summary>
    public static bool Applies(string path)
    {
        using FileStream file = ImageFiles.Open("--image", path);
        Span<byte> head = stackalloc byte[4];
        return file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && head.SequenceEqual("PK\u0003\u0004"u8);
    }

    /// <summary>Verifies a file.</summary>
    /// <param name="path">As the user gave it.</param>
    /// <param name="idsigPath">Its idsig, to be verified against it; null for none.</param>
    /// <param name="trusted">Of an APEX, the key to trust; null for the one in it.</param>
    public static VerifyReport Verify(string path, string? idsigPath, byte[]? trusted)
    {
        using FileStream file = ImageFiles.Open("--image", path);
        using var source = new FileSource(file.SafeFileHandle, file.Length, leaveOpen: true);
        var facts = new List<ImageField>();
        string? reason = null;
        bool isApex = false;
        try
        {
            isApex = ZipArchiveReader.Open(source).Find(ApexFile.PayloadEntry) is not null;
            if (isApex && idsigPath is not null)
            {
                throw new InvalidOptionException("--idsig is for an APK; an APEX has its tree in itself");
            }

            if (isApex)
            {
                reason = VerifyApex(source, trusted, facts);
            }
            else
            {
                VerifyApk(source, idsigPath, trusted, facts);
            }
        }
        catch (Exception failure) when (failure is ZipException or ApkException or ApexException)
        {
            reason = failure.Message;
        }

        // Of what is refused, nothing is said to be so.
        Dictionary<string, string> shown = reason is null ? facts.ToDictionary(static fact => fact.Name, static fact => fact.Value) : [];
        return new VerifyReport(path, reason is null ? "Ok" : "Refused", reason, trusted is not null, [], reason is null && isApex ? [ApexFile.PayloadEntry] : [], shown);
    }

    private static string? VerifyApex(FileSource source, byte[]? trusted, List<ImageField> facts)
    {
        var apex = ApexFile.Verify(source);
        facts.Add(new ImageField("name", VbmetaReportReader.Text(System.Text.Encoding.UTF8.GetBytes(apex.Name))));
        facts.Add(new ImageField("version", $"{apex.Version}"));
        facts.Add(new ImageField("rootDigest", Convert.ToHexStringLower(apex.RootDigest.Span)));
        return trusted is null || apex.PublicKey.Span.SequenceEqual(trusted) ? null : "it is signed by another key than --key";
    }

    private static void VerifyApk(FileSource source, string? idsigPath, byte[]? trusted, List<ImageField> facts)
    {
        if (trusted is not null)
        {
            throw new InvalidOptionException("--key is for images with a vbmeta; of an APK, compare the digest of the certificate that is shown");
        }

        ApkSignature signature = ApkVerifier.Verify(source);
        AndroidManifest manifest = AndroidManifest.ReadFromApk(source);
        facts.Add(new ImageField("package", manifest.Package));
        facts.Add(new ImageField("versionCode", $"{manifest.VersionCode}"));
        PackageReportReader.AddSigner(facts, signature);
        if (idsigPath is not null)
        {
            using FileStream file = ImageFiles.Open("--idsig", idsigPath);
            using var idsig = new FileSource(file.SafeFileHandle, file.Length, leaveOpen: true);
            facts.Add(new ImageField("rootHash", Convert.ToHexStringLower(Idsig.Verify(idsig, source).RootHash.Span)));
        }
    }
}
