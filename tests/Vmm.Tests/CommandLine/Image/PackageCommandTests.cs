using System.Security.Cryptography;
using System.Text.Json;
using BootLoader.Apk;
using BootLoader.Sources;
using Vmm.Outcome;

namespace Vmm.Tests.CommandLine.Image;

public sealed class PackageCommandTests : IDisposable
{
    private readonly ImageFolder _folder = new();

    public PackageCommandTests()
    {
        Directory.CreateDirectory(_folder.At("payload/lib/arm64-v8a"));
        File.WriteAllBytes(_folder.At("payload/lib/arm64-v8a/libpayload.so"), [.. "\u007fELF"u8, .. new byte[9000]]);
    }

    [Fact]
    public void An_APK_is_packed_shown_and_verified_with_its_idsig()
    {
        string said = Pack("one.apk", "--version-code", "0x100000007");
        Pack("two.apk", "--version-code", "4294967303");
        Assert.Equal(File.ReadAllBytes(_folder.At("one.apk")), File.ReadAllBytes(_folder.At("two.apk")));

        JsonElement info = _folder.Json(0, "info", "--image", "@one.apk");
        Assert.Equal("apk", info.GetProperty("kind").GetString());
        Assert.Equal("com.example.payload", Part(info, "package"));
        Assert.Equal("4294967303", Part(info, "versionCode"));
        Assert.Equal("v3, RsaPkcs1V15WithSha256", Part(info, "signature"));
        Assert.Equal($"certificate (sha512): {Part(info, "certificateSha512")}\n", said);

        using (var apk = FileSource.Open(_folder.At("one.apk")))
        {
            File.WriteAllBytes(_folder.At("one.idsig"), Idsig.Create(apk));
        }

        JsonElement idsig = _folder.Json(0, "info", "--image", "@one.idsig");
        Assert.Equal("idsig", idsig.GetProperty("kind").GetString());
        Assert.Equal(Part(info, "apkDigest"), Part(idsig, "apkDigest"));
        JsonElement verified = _folder.Json(0, "verify", "--image", "@one.apk", "--idsig", "@one.idsig");
        Assert.Equal("Ok", verified.GetProperty("verdict").GetString());
        Assert.Equal(Part(idsig, "rootHash"), verified.GetProperty("facts").GetProperty("rootHash").GetString());
        Assert.Contains("compare its digest with the one to trust", _folder.Run(0, "verify", "--image", "@one.apk"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_APK_is_refused_and_so_is_an_idsig_of_another()
    {
        Pack("one.apk");
        using (var apk = FileSource.Open(_folder.At("one.apk")))
        {
            File.WriteAllBytes(_folder.At("one.idsig"), Idsig.Create(apk));
        }

        Pack("other.apk", "--version-code", "2");
        Assert.Equal(
            "the idsig is one of another APK: its apk_digest is not that of the APK's signature",
            _folder.Json(1, "verify", "--image", "@other.apk", "--idsig", "@one.idsig").GetProperty("reason").GetString());
        byte[] bytes = File.ReadAllBytes(_folder.At("one.apk"));
        bytes[5000] ^= 1;
        File.WriteAllBytes(_folder.At("one.apk"), bytes);
        JsonElement refused = _folder.Json(1, "verify", "--image", "@one.apk");
        Assert.StartsWith("the content is not what was signed", refused.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Empty(refused.GetProperty("facts").EnumerateObject());
    }

    [Fact]
    public void An_APEX_is_packed_of_a_signed_image_shown_and_verified()
    {
        _folder.Write("module.img", 50_000);
        _folder.Run(
            0, "add-hashtree-footer", "--image", "@module.img", "--partition_name", "module", "--dynamic_partition_size", "--key", "@key.pem", "--algorithm", "SHA256_RSA2048");
        _folder.Run(0, "pack-apex", "--output", "@module.apex", "--name", "com.example.module", "--version", "42", "@module.img");
        JsonElement info = _folder.Json(0, "info", "--image", "@module.apex");
        Assert.Equal("apex", info.GetProperty("kind").GetString());
        Assert.Equal(("com.example.module", "42"), (Part(info, "name"), Part(info, "version")));
        JsonElement verified = _folder.Json(0, "verify", "--image", "@module.apex", "--key", "@key.pem");
        Assert.Equal(Part(info, "rootDigest"), verified.GetProperty("facts").GetProperty("rootDigest").GetString());
        Assert.Equal(
            "it is signed by another key than --key", _folder.Json(1, "verify", "--image", "@module.apex", "--key", "@other.pem").GetProperty("reason").GetString());

        byte[] bytes = File.ReadAllBytes(_folder.At("module.apex"));
        bytes[9000] ^= 1;
        File.WriteAllBytes(_folder.At("module.apex"), bytes);
        Assert.StartsWith(
            "apex_payload.img is not what was signed", _folder.Json(1, "verify", "--image", "@module.apex").GetProperty("reason").GetString(), StringComparison.Ordinal);
        _folder.Write("plain.img", 8192);
        Assert.Equal("pack-apex: apex_payload.img does not end in an AVB footer", _folder.Failure("pack-apex", "--output", "@plain.apex", "--name", "a", "@plain.img"));
        Assert.False(File.Exists(_folder.At("plain.apex")));
    }

    [Fact]
    public void What_cannot_be_packed_is_refused_in_a_line_and_nothing_is_written()
    {
        using (var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256))
        {
            File.WriteAllText(_folder.At("ec.pem"), ec.ExportPkcs8PrivateKeyPem());
        }

        string[] pack = ["pack-apk", "--output", "@no.apk", "--package", "com.example.payload"];
        Assert.StartsWith("--key: /ec.pem is an EC key without a certificate: give --cert", _folder.Failure([.. pack, "--key", "@ec.pem", "@payload"]), StringComparison.Ordinal);
        Assert.Equal("DIR: /none is not a directory", _folder.Failure([.. pack, "@none"]));
        Assert.Equal("--key: /payload/lib/arm64-v8a/libpayload.so: not a PEM file with an unencrypted RSA or EC private key", _folder.Failure([.. pack, "--key", "@payload/lib/arm64-v8a/libpayload.so", "@payload"]));
        Assert.StartsWith("pack-apk: 'a-b' is no name of a package", _folder.Failure("pack-apk", "--output", "@no.apk", "--package", "a-b", "@payload"), StringComparison.Ordinal);
        Assert.Throws<InvalidOptionException>(() => _folder.Run(0, [.. pack, "--version-code", "x", "@payload"]));
        Assert.Throws<InvalidOptionException>(() => _folder.Run(0, [.. pack, "--cert", "@key.pem", "@payload"]));
        Assert.False(File.Exists(_folder.At("no.apk")));
        Assert.Throws<InvalidOptionException>(() => _folder.Run(0, "verify", "--image", "@key.pem", "--idsig", "@key.pem"));
    }

    [Fact]
    public void A_broken_archive_or_idsig_is_shown_with_what_is_wrong()
    {
        Pack("one.apk");
        byte[] bytes = File.ReadAllBytes(_folder.At("one.apk"));
        File.WriteAllBytes(_folder.At("cut.apk"), bytes[..^1]);
        JsonElement info = _folder.Json(0, "info", "--image", "@cut.apk");
        Assert.Equal("zip", info.GetProperty("kind").GetString());
        Assert.StartsWith("it is no zip archive, or not a whole one", info.GetProperty("problem").GetString(), StringComparison.Ordinal);
        File.WriteAllBytes(_folder.At("cut.idsig"), [2, 0, 0, 0, 45, 0, 0, 0, 1]);
        info = _folder.Json(0, "info", "--image", "@cut.idsig");
        Assert.Equal("idsig", info.GetProperty("kind").GetString());
        Assert.StartsWith("the idsig ends early", info.GetProperty("problem").GetString(), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static string Part(JsonElement info, string name) =>
        info.GetProperty("parts").EnumerateArray().Single(part => part.GetProperty("name").GetString() == name).GetProperty("value").GetString()!;

    private string Pack(string name, params string[] more) =>
        _folder.Run(0, ["pack-apk", "--output", $"@{name}", "--package", "com.example.payload", "--key", "@key.pem", .. more, "@payload"]);
}
