using System.Security.Cryptography;
using System.Text;
using BootLoader.Apk;
using Vmm.Outcome;

namespace Vmm.CommandLine.Image;

/// <summary>Reads keys that sign APKs from files.</summary>
internal static class ApkKeyFile
{
    /// <summary>Reads a key and its certificate.</summary>
    /// <exception cref="VmmException">They cannot be read, are none, or do not say for ever who the signer is.</exception>
    public static ApkSigningKey Read(string keyOption, string keyPath, string certificateOption, string? certificatePath)
    {
        string? certificate = certificatePath is null ? null : Encoding.UTF8.GetString(ImageFiles.ReadSmall(certificateOption, certificatePath));
        byte[] text = ImageFiles.ReadSmall(keyOption, keyPath);
        ApkSigningKey key;
        try
        {
            key = ApkSigningKey.FromPem(Encoding.UTF8.GetString(text), certificate);
        }
        catch (ApkException failure)
        {
            throw new VmmException($"{keyOption}: {keyPath}: {failure.Message}", cause: failure);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }

        if (!key.IsReproducible)
        {
            key.Dispose();
            // Each certificate made for it would differ: guests would see another signer each time, and their secrets would be lost.
            throw new VmmException($"{keyOption}: {keyPath} is an EC key without a certificate: give {certificateOption} (openssl req -x509 -new -key {keyPath} -subj /CN=Payload -days 10000)");
        }

        return key;
    }
}
