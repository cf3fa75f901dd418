using System.Runtime.CompilerServices;
using BootLoader.Cryptography;

namespace Pvmfw.Platform;

/// <summary>The primitives by BearSSL and libsodium. What a caller gives of wrong length stops the firmware: lengths are the formats' part.</summary>
/// <remarks>RSA keys of more than 4096 bits are refused. All is in constant time where secrets are.</remarks>
public readonly unsafe partial struct FirmwareCryptography : ICryptography
{
    private const int Sha256Size = 32;
    private const int Sha512Size = 64;

    /// <inheritdoc/>
    public static void Sha256(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> digest)
    {
        Require(digest, Sha256Size);
        if (Sha256Instructions.AreThere)
        {
            Sha256Instructions.Hash(first, second, digest);
            return;
        }

        BrSha256Context context;
        BearSsl.Sha256Init(&context);
        BearSsl.Sha256Update(&context, Pointer(first), (nuint)first.Length);
        BearSsl.Sha256Update(&context, Pointer(second), (nuint)second.Length);
        BearSsl.Sha256Out(&context, Pointer(digest));
    }

    /// <inheritdoc/>
    public static void Sha512(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> digest)
    {
        Require(digest, Sha512Size);
        BrSha512Context context;
        BearSsl.Sha512Init(&context);
        BearSsl.Sha512Update(&context, Pointer(first), (nuint)first.Length);
        BearSsl.Sha512Update(&context, Pointer(second), (nuint)second.Length);
        BearSsl.Sha512Out(&context, Pointer(digest));
        Wipe(new Span<byte>(&context, sizeof(BrSha512Context)));
    }

    /// <inheritdoc/>
    public static void HmacSha512(ReadOnlySpan<byte> key, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> tag)
    {
        Require(tag, Sha512Size);
        BrHmacKeyContext keyContext;
        BrHmacContext context;
        BearSsl.HmacKeyInit(&keyContext, Sha512Class, Pointer(key), (nuint)key.Length);
        BearSsl.HmacInit(&context, &keyContext, 0);
        BearSsl.HmacUpdate(&context, Pointer(first), (nuint)first.Length);
        BearSsl.HmacUpdate(&context, Pointer(second), (nuint)second.Length);
        BearSsl.HmacOut(&context, Pointer(tag));
        Wipe(new Span<byte>(&keyContext, sizeof(BrHmacKeyContext)));
        Wipe(new Span<byte>(&context, sizeof(BrHmacContext)));
    }

    /// <inheritdoc/>
    public static void HkdfSha512(ReadOnlySpan<byte> inputKey, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> info, Span<byte> output)
    {
        BrHkdfContext context;
        BearSsl.HkdfInit(&context, Sha512Class, Pointer(salt), (nuint)salt.Length);
        BearSsl.HkdfInject(&context, Pointer(inputKey), (nuint)inputKey.Length);
        BearSsl.HkdfFlip(&context);
        nuint produced = BearSsl.HkdfProduce(&context, Pointer(info), (nuint)info.Length, Pointer(output), (nuint)output.Length);
        Wipe(new Span<byte>(&context, sizeof(BrHkdfContext)));
        if (produced != (nuint)output.Length)
        {
            Panic.Stop("more asked of HKDF than it gives"u8);
        }
    }

    /// <inheritdoc/>
    public static void EncryptAes256Gcm(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> data, Span<byte> tag)
    {
        Require(tag, 16);
        BrAesCt64CtrKeys keys;
        BrGcmContext context;
        StartGcm(&context, &keys, key, nonce, associated);
        BearSsl.GcmRun(&context, 1, Pointer(data), (nuint)data.Length);
        BearSsl.GcmGetTag(&context, Pointer(tag));
        Wipe(new Span<byte>(&keys, sizeof(BrAesCt64CtrKeys)));
        Wipe(new Span<byte>(&context, sizeof(BrGcmContext)));
    }

    /// <inheritdoc/>
    public static bool DecryptAes256Gcm(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> data, ReadOnlySpan<byte> tag)
    {
        Require(tag, 16);
        BrAesCt64CtrKeys keys;
        BrGcmContext context;
        StartGcm(&context, &keys, key, nonce, associated);
        BearSsl.GcmRun(&context, 0, Pointer(data), (nuint)data.Length);
        bool isRight = BearSsl.GcmCheckTag(&context, Pointer(tag)) == 1;
        Wipe(new Span<byte>(&keys, sizeof(BrAesCt64CtrKeys)));
        Wipe(new Span<byte>(&context, sizeof(BrGcmContext)));
        if (!isRight)
        {
            data.Clear();
        }

        return isRight;
    }

    /// <inheritdoc/>
    public static bool AreEqual(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) =>
        left.Length == right.Length && LibraryMemory.CompareSecret(Pointer(left), Pointer(right), (nuint)left.Length) == 0;

    /// <inheritdoc/>
    public static void Wipe(Span<byte> secret) => LibraryMemory.Wipe(Pointer(secret), (nuint)secret.Length);

    private static void* Sha512Class => (void*)Processor.Address(&BearSsl.Sha512Class);

    private static void StartGcm(
        BrGcmContext* context, BrAesCt64CtrKeys* keys, ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated)
    {
        Require(key, 32);
        Require(nonce, 12);
        BearSsl.AesCtrInit(keys, Pointer(key), (nuint)key.Length);
        BearSsl.GcmInit(context, keys, (void*)Processor.Address(&BearSsl.Ghash));
        BearSsl.GcmReset(context, Pointer(nonce), (nuint)nonce.Length);
        BearSsl.GcmAssociated(context, Pointer(associated), (nuint)associated.Length);
        BearSsl.GcmFlip(context);
    }

    private static void Require(ReadOnlySpan<byte> bytes, int length)
    {
        if (bytes.Length != length)
        {
            Panic.Stop("wrong length given to a primitive"u8);
        }
    }

    // SAFETY: nothing moves in the firmware; the libraries read and write no more than the length given with it.
    private static byte* Pointer(ReadOnlySpan<byte> bytes) => (byte*)Unsafe.AsPointer(in bytes.Start);
}
