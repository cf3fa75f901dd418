using Shared;

namespace Integration.Dice;

/// <summary>Ed25519 by the program openssl.</summary>
internal static class OpenSsl
{
    /// <summary>The public key of a private one: the last 32 bytes of its SubjectPublicKeyInfo (RFC 8410).</summary>
    public static byte[] PublicKey(byte[] seed) =>
        Tool.OnFiles("openssl", ["pkey", "-inform", "DER", "-in", "{0}", "-pubout", "-outform", "DER", "-out", "{out}"], [.. Convert.FromHexString("302e020100300506032b657004220420"), .. seed])[^32..];

    /// <summary>Whether a signature is that of a key.</summary>
    public static bool Verifies(byte[] publicKey, byte[] message, byte[] signature)
    {
        string directory = Directory.CreateTempSubdirectory("dice-").FullName;
        try
        {
            File.WriteAllBytes($"{directory}/key", [.. Convert.FromHexString("302a300506032b6570032100"), .. publicKey]);
            File.WriteAllBytes($"{directory}/message", message);
            File.WriteAllBytes($"{directory}/signature", signature);
            (int status, _, _) = Tool.Run(
                [],
                "openssl",
                ["pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", $"{directory}/key", "-in", $"{directory}/message", "-sigfile", $"{directory}/signature"]);
            return status == 0;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
