using System.Security.Cryptography;
using BootLoader.Apk;
using BootLoader.Sources;

namespace BootLoader.Tests.Apk;

/// <summary>APKs and keys for tests.</summary>
internal static class TestApk
{
    private static readonly Lazy<string> s_rsa = new(static () => Pem(RSA.Create(2048)));
    private static readonly Lazy<ApkSigningKey> s_p256 = new(static () => ApkSigningKey.FromPem(Pem(ECDsa.Create(ECCurve.NamedCurves.nistP256))));
    private static readonly Lazy<byte[]> s_small = new(static () => Build(P256, ("assets/a", "some text, some text, some text"u8.ToArray())));

    /// <summary>An RSA key of 2048 bits, as a PEM file.</summary>
    public static string RsaPem => s_rsa.Value;

    /// <summary>An EC key, whose signatures are short.</summary>
    public static ApkSigningKey P256 => s_p256.Value;

    /// <summary>A small APK that <see cref="P256"/> signed.</summary>
    public static byte[] Small => s_small.Value;

    public static string Pem(AsymmetricAlgorithm key)
    {
        using (key)
        {
            return key.ExportPkcs8PrivateKeyPem();
        }
    }

    public static byte[] Build(ApkSigningKey key, params (string Name, byte[] Content)[] files)
    {
        var builder = new ApkBuilder("com.example.payload", 0x1_0000_0007);
        foreach ((string name, byte[] content) in files)
        {
            builder.Add(name, new MemorySource(content));
        }

        using var output = new MemoryStream();
        builder.Build(output, key);
        return output.ToArray();
    }
}
