namespace BootLoader.Avb.Making;

/// <summary>Algorithms as avbtool spells them.</summary>
public static class AvbAlgorithmNames
{
    private static readonly (AvbAlgorithm Algorithm, string Name)[] s_names =
    [
        (AvbAlgorithm.None, "NONE"),
        (AvbAlgorithm.Sha256Rsa2048, "SHA256_RSA2048"),
        (AvbAlgorithm.Sha256Rsa4096, "SHA256_RSA4096"),
        (AvbAlgorithm.Sha256Rsa8192, "SHA256_RSA8192"),
        (AvbAlgorithm.Sha512Rsa2048, "SHA512_RSA2048"),
        (AvbAlgorithm.Sha512Rsa4096, "SHA512_RSA4096"),
        (AvbAlgorithm.Sha512Rsa8192, "SHA512_RSA8192"),
    ];

    /// <summary>All names.</summary>
    public static IEnumerable<string> All => s_names.Select(static entry => entry.Name);

    /// <summary>The name of an algorithm.</summary>
    public static string Name(AvbAlgorithm algorithm) =>
        Array.Find(s_names, entry => entry.Algorithm == algorithm).Name ?? $"algorithm {(uint)algorithm}";

    /// <summary>The algorithm of a name; null for an unknown one.</summary>
    public static AvbAlgorithm? Parse(string name)
    {
        int index = Array.FindIndex(s_names, entry => entry.Name == name);
        return index < 0 ? null : s_names[index].Algorithm;
    }
}
