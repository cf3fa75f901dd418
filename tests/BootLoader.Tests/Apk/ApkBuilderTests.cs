using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using BootLoader.Apk;
using BootLoader.Sources;
using BootLoader.Zip;

namespace BootLoader.Tests.Apk;

[SupportedOSPlatform("linux")]
public sealed class ApkBuilderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("apk-").FullName;

    [Fact]
    public void An_APK_is_verified_by_the_key_that_signed_it()
    {
        foreach (AsymmetricAlgorithm key in (AsymmetricAlgorithm[])[RSA.Create(2048), ECDsa.Create(ECCurve.NamedCurves.nistP256), ECDsa.Create(ECCurve.NamedCurves.nistP384), ECDsa.Create(ECCurve.NamedCurves.nistP521)])
        {
            using ApkSigningKey signer = ApkSigningKey.FromPem(TestApk.Pem(key));
            // Over a mebibyte, so that there are several chunks.
            using var apk = new MemorySource(TestApk.Build(signer, ("lib/arm64-v8a/libpayload.so", [.. "\u007fELF"u8, .. new byte[3 << 20]])));
            ApkSignature signature = ApkVerifier.Verify(apk);
            Assert.Equal(signer.Algorithm, signature.Algorithm);
            Assert.Equal(signer.Certificate.ToArray(), signature.Certificate.ToArray());
            Assert.Equal(signer.PublicKey.ToArray(), signature.PublicKey.ToArray());
            Assert.Equal((ApkSigner.FirstSdk, (uint)int.MaxValue), (signature.MinSdk, signature.MaxSdk));
        }
    }

    [Fact]
    public void The_same_files_and_RSA_key_give_the_same_bytes_and_the_same_signer()
    {
        using ApkSigningKey one = ApkSigningKey.FromPem(TestApk.RsaPem), two = ApkSigningKey.FromPem(TestApk.RsaPem);
        Assert.True(one.IsReproducible);
        (string, byte[])[] files = [("b", new byte[10000]), ("a", "text"u8.ToArray())];
        Assert.Equal(TestApk.Build(one, files), TestApk.Build(two, [.. files.Reverse()]));
        Assert.False(TestApk.P256.IsReproducible);
    }

    [Fact]
    public void Files_of_a_directory_keep_their_paths_and_may_be_executed_when_they_could_be()
    {
        byte[] elf = [.. "\u007fELF"u8, .. new byte[5000]], text = Encoding.UTF8.GetBytes(new string('t', 5000));
        Directory.CreateDirectory(At("lib/arm64-v8a"));
        File.WriteAllBytes(At("lib/arm64-v8a/libpayload.so"), elf);
        File.WriteAllBytes(At("run"), text);
        File.SetUnixFileMode(At("run"), (UnixFileMode)0b111_000_000);
        File.SetUnixFileMode(At("lib/arm64-v8a/libpayload.so"), (UnixFileMode)0b110_100_100);
        using var output = new MemoryStream();
        new ApkBuilder("com.example.payload").AddDirectory(_folder).Build(output, TestApk.P256);
        using var apk = new MemorySource(output.ToArray());
        ApkVerifier.Verify(apk);
        var archive = ZipArchiveReader.Open(apk);
        Assert.Equal([AndroidManifest.EntryName, "lib/arm64-v8a/libpayload.so", "run"], archive.Entries.Select(static entry => entry.Name));
        ZipEntry library = archive.Entries[1], program = archive.Entries[2];
        Assert.Equal((ZipMethod.Stored, 0L, 0x81a4u), (library.Method, library.DataOffset % 4096, library.UnixMode));
        Assert.Equal((ZipMethod.Deflated, 0x81edu), (program.Method, program.UnixMode));
        Assert.Equal(elf, archive.ReadEntry(library, 10000));
        Assert.Equal(text, archive.ReadEntry(program, 10000));
    }

    [Fact]
    public void What_cannot_be_in_an_APK_is_refused_by_name()
    {
        File.WriteAllText(At("AndroidManifest.xml"), "<manifest/>");
        Assert.StartsWith(
            "AndroidManifest.xml is made from the package's name and version",
            Assert.Throws<ApkException>(() => new ApkBuilder("a").AddDirectory(_folder)).Message,
            StringComparison.Ordinal);
        File.Delete(At("AndroidManifest.xml"));
        File.CreateSymbolicLink(At("link"), "/etc/passwd");
        Assert.Equal($"{At("link")} is neither a file nor a directory: an APK has nothing else", Assert.Throws<ApkException>(() => new ApkBuilder("a").AddDirectory(_folder)).Message);
        using var empty = new MemorySource(default);
        Assert.Throws<ApkException>(() => new ApkBuilder("a").Add("x", empty).Add("x", empty));
        Assert.Throws<ApkException>(() => new ApkBuilder("a").Add("../x", empty));
        foreach (string name in (string[])["", "1a", "a..b", "a-b", "a.", "a b", "ä", new string('a', 224)])
        {
            Assert.Throws<ApkException>(() => new ApkBuilder(name));
        }
    }

    [Fact]
    public void An_APK_that_is_signed_again_has_the_new_signer_only()
    {
        using ApkSigningKey other = ApkSigningKey.FromPem(TestApk.RsaPem);
        using var apk = new MemorySource(TestApk.Small);
        using var output = new MemoryStream();
        ApkSigner.Sign(apk, output, other, minSdk: 30, maxSdk: 40);
        using var again = new MemorySource(output.ToArray());
        ApkSignature signature = ApkVerifier.Verify(again, 30);
        Assert.Equal(other.PublicKey.ToArray(), signature.PublicKey.ToArray());
        Assert.Throws<ApkException>(() => ApkVerifier.Verify(again, 41));
        Assert.Equal("com.example.payload", AndroidManifest.ReadFromApk(again).Package);
    }

    [Fact]
    public void A_key_is_read_with_its_certificate_and_no_other()
    {
        using ApkSigningKey made = ApkSigningKey.FromPem(TestApk.RsaPem, commonName: "One");
        string certificate = new(PemEncoding.Write("CERTIFICATE", made.Certificate.Span));
        using ApkSigningKey read = ApkSigningKey.FromPem(TestApk.RsaPem, certificate), both = ApkSigningKey.FromPem(certificate + "\n" + TestApk.RsaPem);
        Assert.Equal(made.Certificate.ToArray(), read.Certificate.ToArray());
        Assert.Equal(made.Certificate.ToArray(), both.Certificate.ToArray());
        using ApkSigningKey kept = ApkSigningKey.FromPem(read.ToPem());
        Assert.Equal(read.PublicKey.ToArray(), kept.PublicKey.ToArray());
        Assert.Equal("the certificate is for another key", Refusal(TestApk.Pem(ECDsa.Create(ECCurve.NamedCurves.nistP256)), certificate));
        Assert.Equal("not a PEM file with a certificate", Refusal(TestApk.RsaPem, TestApk.RsaPem));
        Assert.Equal("not a PEM file with an unencrypted RSA or EC private key", Refusal("text", null));
        Assert.Equal("an RSA key of 1024 bits is too weak to sign: at least 2048 are needed", Refusal(TestApk.Pem(RSA.Create(1024)), null));
        using var rsa = RSA.Create();
        rsa.ImportFromPem(TestApk.RsaPem);
        Assert.Equal("the key cannot sign; is it only the public half?", Refusal(rsa.ExportSubjectPublicKeyInfoPem(), null));
    }

    [SkippableFact]
    public void Androids_apksigner_and_zipalign_accept_what_is_made_here()
    {
        byte[] elf = [.. "\u007fELF"u8, .. new byte[2 << 20]];
        using ApkSigningKey rsa = ApkSigningKey.FromPem(TestApk.RsaPem);
        byte[] apk = TestApk.Build(rsa, ("lib/arm64-v8a/libpayload.so", elf), ("assets/vm_config.json", "{}"u8.ToArray()));
        string path = At("signed.apk");
        File.WriteAllBytes(path, apk);
        (int status, byte[] output, string errors) = Tool.Run([], "apksigner", "verify", "--verbose", "--print-certs", path);
        string text = Encoding.UTF8.GetString(output);
        Assert.True(status == 0, text + errors);
        Assert.Contains("Verified using v3 scheme (APK Signature Scheme v3): true", text, StringComparison.Ordinal);
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(rsa.Certificate.Span)), text, StringComparison.Ordinal);
        Assert.Equal(0, Tool.Run([], "zipalign", "-c", "-p", "4096", path).Status);
    }

    [SkippableFact]
    public void What_Androids_apksigner_signs_is_verified_here_with_its_verity_digest_and_idsig()
    {
        using ApkSigningKey rsa = ApkSigningKey.FromPem(TestApk.RsaPem);
        using var unsigned = new MemorySource(TestApk.Build(rsa, ("data", RandomNumberGenerator.GetBytes(3 << 20))));
        File.WriteAllBytes(At("in.apk"), unsigned.ReadExactly(0, (int)unsigned.Length));
        using (var key = RSA.Create())
        {
            key.ImportFromPem(TestApk.RsaPem);
            File.WriteAllBytes(At("key.pk8"), key.ExportPkcs8PrivateKey());
        }

        File.WriteAllText(At("cert.pem"), new string(PemEncoding.Write("CERTIFICATE", rsa.Certificate.Span)));
        (int status, _, string errors) = Tool.Run(
            [], "apksigner", "sign", "--key", At("key.pk8"), "--cert", At("cert.pem"), "--v1-signing-enabled", "false", "--v2-signing-enabled", "true",
            "--v3-signing-enabled", "true", "--v4-signing-enabled", "true", "--verity-enabled", "true", "--out", At("out.apk"), At("in.apk"));
        Skip.If(errors.Contains("verity-enabled", StringComparison.Ordinal), "this apksigner makes no verity signatures");
        Assert.True(status == 0, errors);
        using FileSource apk = FileSource.Open(At("out.apk")), idsig = FileSource.Open(At("out.apk.idsig"));
        ApkSignature signature = ApkVerifier.Verify(apk);
        Assert.Equal(SignatureAlgorithm.VerityRsaPkcs1V15WithSha256, signature.Algorithm);
        Assert.Equal(40, signature.Digest.Length);
        Assert.Equal(signature.Digest.ToArray(), Idsig.Verify(idsig, apk).ApkDigest.ToArray());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Refusal(string key, string? certificate) => Assert.Throws<ApkException>(() => ApkSigningKey.FromPem(key, certificate)).Message;

    private string At(string name) => Path.Combine(_folder, name);
}
