using System.Collections.Concurrent;
using System.Security.Cryptography;
using BootLoader.Avb.Making;
using Integration.Hosts;

namespace Integration.Firmware;

/// <summary>The keys that tests sign with.</summary>
internal static class TestKeys
{
    private static readonly ConcurrentDictionary<string, AvbSigningKey> s_keys = new();

    /// <summary>What the firmware trusts.</summary>
    public static AvbSigningKey Guest { get; } = Development("guest.pem");

    /// <summary>What vmm trusts.</summary>
    public static AvbSigningKey Firmware { get; } = Development("firmware.pem");

    /// <summary>A key that nobody trusts, a new one in each run.</summary>
    /// <param name="bits">2048 or 4096.</param>
    public static AvbSigningKey Stranger(int bits) => s_keys.GetOrAdd($"{bits}", static (_, bits) =>
    {
        using var key = RSA.Create(bits);
        return AvbSigningKey.FromPem(key.ExportPkcs8PrivateKeyPem());
    }, bits);

    /// <summary>The bytes of a development key's file.</summary>
    public static byte[] File(string name) => System.IO.File.ReadAllBytes(Path.Combine(Artifacts.Keys, name));

    private static AvbSigningKey Development(string name) => AvbSigningKey.FromPem(System.Text.Encoding.ASCII.GetString(File(name)));
}
