using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace BootLoader.Cryptography;

/// <summary>What .NET has no call for, of the OpenSSL that .NET itself uses; loaded with the first call. See EVP_PKEY(3), EVP_DigestSign(3).</summary>
internal static unsafe partial class LibCrypto
{
    /// <summary>obj_mac.h.</summary>
    public const int NID_ED25519 = 1087;

    private const string Library = "libcrypto.so.3";

    [LibraryImport(Library)]
    public static partial int EVP_PKEY_get_raw_public_key(void* key, byte* raw, nuint* length);

    [LibraryImport(Library)]
    public static partial int EVP_DigestSignInit(void* context, void* keyContext, void* type, void* engine, void* key);

    [LibraryImport(Library)]
    public static partial int EVP_DigestSign(void* context, byte* signature, nuint* signatureLength, byte* data, nuint length);

    [LibraryImport(Library)]
    public static partial int EVP_DigestVerifyInit(void* context, void* keyContext, void* type, void* engine, void* key);

    [LibraryImport(Library)]
    public static partial int EVP_DigestVerify(void* context, byte* signature, nuint signatureLength, byte* data, nuint length);

    [LibraryImport(Library)]
    private static partial void* EVP_PKEY_new_raw_private_key(int type, void* engine, byte* raw, nuint length);

    [LibraryImport(Library)]
    private static partial void* EVP_PKEY_new_raw_public_key(int type, void* engine, byte* raw, nuint length);

    [LibraryImport(Library)]
    private static partial void EVP_PKEY_free(void* key);

    [LibraryImport(Library)]
    private static partial void* EVP_MD_CTX_new();

    [LibraryImport(Library)]
    private static partial void EVP_MD_CTX_free(void* context);

    /// <summary>An EVP_PKEY.</summary>
    public readonly ref struct Key
    {
        private Key(void* pointer)
        {
            Pointer = pointer is null ? throw new CryptographicException("libcrypto refused a key") : pointer;
        }

        public void* Pointer { get; }

        public static Key FromPrivate(int type, ReadOnlySpan<byte> raw)
        {
            fixed (byte* bytes = raw)
            {
                return new Key(EVP_PKEY_new_raw_private_key(type, null, bytes, (nuint)raw.Length));
            }
        }

        public static Key FromPublic(int type, ReadOnlySpan<byte> raw)
        {
            fixed (byte* bytes = raw)
            {
                return new Key(EVP_PKEY_new_raw_public_key(type, null, bytes, (nuint)raw.Length));
            }
        }

        public void Dispose() => EVP_PKEY_free(Pointer);
    }

    /// <summary>An EVP_MD_CTX.</summary>
    public readonly ref struct DigestContext
    {
        public DigestContext()
        {
            Pointer = EVP_MD_CTX_new();
            if (Pointer is null)
            {
                throw new CryptographicException("libcrypto has no memory left");
            }
        }

        public void* Pointer { get; }

        public void Dispose() => EVP_MD_CTX_free(Pointer);
    }
}
