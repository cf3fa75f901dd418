using System.Security.Cryptography;
using BootLoader.Avb.Making;

namespace BootLoader.Tests.Avb;

/// <summary>Genuine test data of Android's, where it is at hand, and keys for tests that need none of it.</summary>
internal static class AvbVectors
{
    private static readonly Lazy<string> s_pem2048 = new(static () => NewKey(2048)), s_other2048 = new(static () => NewKey(2048));

    /// <summary>A key made for this run.</summary>
    public static string Pem2048 => s_pem2048.Value;

    /// <summary>Another one.</summary>
    public static string OtherPem2048 => s_other2048.Value;

    /// <summary>A file of the vectors; the test is skipped when they are not at hand.</summary>
    public static string Path(string name)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = System.IO.Path.Combine(folder.FullName, "shared/vectors/avb", name);
            if (File.Exists(path))
            {
                return path;
            }
        }

        throw new SkipException($"the test data avb/{name} is not beside the repository (shared/vectors)");
    }

    /// <summary>A development key of the repository.</summary>
    public static AvbSigningKey RepositoryKey(string name) => AvbSigningKey.FromPem(File.ReadAllText(Repository.Path($"images/keys/{name}")));

    /// <summary>The key for an algorithm: genuine ones for 4096 and 8192 bits, which take long to make.</summary>
    public static AvbSigningKey Key(int bits) => AvbSigningKey.FromPem(bits switch
    {
        2048 => Pem2048,
        4096 => File.ReadAllText(Path("rsa4096.pem")),
        _ => File.ReadAllText(Path("testkey_rsa8192.pem")),
    });

    private static string NewKey(int bits)
    {
        using var rsa = RSA.Create(bits);
        return rsa.ExportRSAPrivateKeyPem();
    }
}
