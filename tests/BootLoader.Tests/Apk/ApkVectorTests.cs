using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BootLoader.Apk;
using BootLoader.Sources;

namespace BootLoader.Tests.Apk;

public sealed class ApkVectorTests
{
    [SkippableTheory]
    [InlineData("v3-only-with-rsa-pkcs1-sha256-2048", SignatureAlgorithm.RsaPkcs1V15WithSha256)]
    [InlineData("v3-only-with-rsa-pkcs1-sha512-4096", SignatureAlgorithm.RsaPkcs1V15WithSha512)]
    [InlineData("v3-only-with-ecdsa-sha256-p256", SignatureAlgorithm.EcdsaWithSha256)]
    [InlineData("v3-only-with-ecdsa-sha512-p384", SignatureAlgorithm.EcdsaWithSha512)]
    [InlineData("v3-only-unknown-additional-attr", SignatureAlgorithm.RsaPkcs1V15WithSha256)]
    public void A_genuine_APK_is_verified_with_its_key_and_digest(string name, SignatureAlgorithm algorithm)
    {
        using var apk = new MemorySource(TestVector.Read($"apk/{name}.apk"));
        byte[] key = TestVector.Read($"apk/{name}.apk.der"), digest = TestVector.Read($"apk/{name}.apk.apk_digest");
        foreach (ApkSignature signature in (ApkSignature[])[ApkVerifier.Verify(apk), ApkVerifier.ReadUnverified(apk), ApkVerifier.Verify(apk, 31)])
        {
            Assert.Equal(algorithm, signature.Algorithm);
            Assert.Equal(key, signature.PublicKey.ToArray());
            Assert.Equal(digest, signature.Digest.ToArray());
            Assert.Equal(SHA512.HashData(signature.Certificate.Span), signature.CertificateHash.ToArray());
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(signature.Certificate.Span);
            Assert.Equal(key, certificate.PublicKey.ExportSubjectPublicKeyInfo());
        }
    }

    [SkippableTheory]
    [InlineData("v3-only-empty", "it has no APK signing block: sign it with scheme v3")]
    [InlineData("v3-only-no-supported-sig-algs", "no signature is of a supported algorithm (RSA and ECDSA are, DSA is not): 0x")]
    [InlineData("v3-only-signatures-and-digests-block-mismatch", "signatures and digests are not of the same algorithms: one was added or taken away")]
    [InlineData("v3-only-with-dsa-sha256-2048", "no signature is of a supported algorithm (RSA and ECDSA are, DSA is not): 0x0301")]
    [InlineData("v3-only-with-rsa-pkcs1-sha256-3072-sig-does-not-verify", "the signature (RsaPkcs1V15WithSha256) is not one of the signer's key")]
    [InlineData("v2-only-two-signers", "it is not signed by APK signature scheme v3, which is the only one that counts")]
    [InlineData("v2-only-truncated-cd", "the central directory of ")]
    public void A_broken_APK_is_refused_for_what_is_wrong_with_it(string name, string reason)
    {
        using var apk = new MemorySource(TestVector.Read($"apk/{name}.apk"));
        var refusal = Assert.Throws<ApkException>(() => ApkVerifier.Verify(apk));
        Assert.StartsWith(reason, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    [SkippableFact]
    public void A_platform_version_outside_of_the_signers_is_refused()
    {
        using var apk = new MemorySource(TestVector.Read("apk/v3-only-with-ecdsa-sha256-p256.apk"));
        ApkSignature signature = ApkVerifier.Verify(apk);
        Assert.Equal(
            $"one signer is needed for platform version {signature.MinSdk - 1}; the APK has 0",
            Assert.Throws<ApkException>(() => ApkVerifier.Verify(apk, signature.MinSdk - 1)).Message);
    }

    [SkippableFact]
    public void A_genuine_manifest_is_read()
    {
        using var apk = new MemorySource(TestVector.Read("apk/v3-only-with-ecdsa-sha256-p256.apk"));
        AndroidManifest manifest = AndroidManifest.ReadFromApk(apk);
        Assert.Equal("android.appsecurity.cts.tinyapp", manifest.Package);
        Assert.Equal(10UL, manifest.VersionCode);
        Assert.Equal("1.0", manifest.VersionName);
    }

    [SkippableFact]
    public void A_genuine_idsig_is_read_verified_and_its_root_recomputed()
    {
        using var apk = new MemorySource(TestVector.Read("apk/v4-digest-v3-Sha256withEC.apk"));
        byte[] genuine = TestVector.Read("apk/v4-digest-v3-Sha256withEC.apk.idsig");
        using var file = new MemorySource(genuine);
        Idsig idsig = Idsig.Verify(file, apk);
        Assert.Equal("77f063b48b63f846690fa76450a8d3b61a295b6158f50592e873f76dbeeb0201", Convert.ToHexStringLower(idsig.RootHash.Span));
        Assert.Equal(ApkVerifier.Verify(apk).Digest.ToArray(), idsig.ApkDigest.ToArray());
        Assert.Equal(4096, idsig.TreeSize);
        Assert.Equal(genuine.Length, idsig.TreeOffset + idsig.TreeSize);

        byte[] made = Idsig.Create(apk);
        using var own = new MemorySource(made);
        Idsig again = Idsig.Verify(own, apk);
        Assert.Equal(idsig.RootHash.ToArray(), again.RootHash.ToArray());
        Assert.Equal(genuine[(int)idsig.TreeOffset..], made[(int)again.TreeOffset..]);
    }
}
