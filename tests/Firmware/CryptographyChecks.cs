using BootLoader.Cryptography;
using Pvmfw.Platform;

namespace Pvmfw.SelfCheck;

/// <summary>Each primitive by a vector of its standard, and by one that must be refused.</summary>
internal static class CryptographyChecks
{
    private const int MegaByte = 1 << 20;
    private static ReadOnlySpan<byte> RsaMessage => "what a firmware verifies"u8;

    public static void Run() => Run<FirmwareCryptography>();

    private static void Run<TCryptography>()
        where TCryptography : ICryptography
    {
        Hashes<TCryptography>();
        Rsa<TCryptography>();
        Ed25519<TCryptography>();
        P256<TCryptography>();
        Gcm<TCryptography>();
        Constant<TCryptography>();
    }

    private static void Hashes<TCryptography>()
        where TCryptography : ICryptography
    {
        Span<byte> output = stackalloc byte[64];
        TCryptography.Sha256("abc"u8, default, output[..32]);
        SelfCheck.Check("SHA-256"u8, output[..32].SequenceEqual(Vectors.Sha256Abc));
        TCryptography.Sha256("a"u8, "bc"u8, output[..32]);
        SelfCheck.Check("SHA-256 of two spans"u8, output[..32].SequenceEqual(Vectors.Sha256Abc));
        TCryptography.Sha512("ab"u8, "c"u8, output);
        SelfCheck.Check("SHA-512"u8, output.SequenceEqual(Vectors.Sha512Abc));
        TCryptography.HmacSha512("Jefe"u8, "what do ya want "u8, "for nothing?"u8, output);
        SelfCheck.Check("HMAC-SHA512"u8, output.SequenceEqual(Vectors.HmacJefe));
        TCryptography.HkdfSha512(Vectors.HkdfIkm, Vectors.HkdfSalt, Vectors.HkdfInfo, output[..42]);
        SelfCheck.Check("HKDF-SHA512"u8, output[..42].SequenceEqual(Vectors.HkdfSha512));
        SplitHashes<TCryptography>();

        ReadOnlySpan<byte> much = FirmwareImage.Config[..MegaByte];
        ulong start = Processor.ReadCounter();
        TCryptography.Sha256(much, default, output[..32]);
        SelfCheck.Time("SHA-256 of 1 MiB, touched for the first time"u8, start);
        start = Processor.ReadCounter();
        TCryptography.Sha256(much, default, output[..32]);
        SelfCheck.Time("SHA-256 of 1 MiB"u8, start);
        start = Processor.ReadCounter();
        BearSslSha256(much, output[..32]);
        SelfCheck.Time("SHA-256 of 1 MiB without the processor's instructions"u8, start);
    }

    // Every way to cut a text of more than two blocks in two gives the same digest.
    private static void SplitHashes<TCryptography>()
        where TCryptography : ICryptography
    {
        Span<byte> text = stackalloc byte[200];
        for (int index = 0; index < text.Length; index++)
        {
            text[index] = (byte)(index * 7);
        }

        Span<byte> whole = stackalloc byte[32];
        Span<byte> parts = stackalloc byte[32];
        bool same = true;
        for (int length = 0; length <= text.Length; length++)
        {
            TCryptography.Sha256(text[..length], default, whole);
            for (int cut = 0; cut <= length; cut += 13)
            {
                TCryptography.Sha256(text[..cut], text[cut..length], parts);
                same &= whole.SequenceEqual(parts);
            }

            BearSslSha256(text[..length], parts);
            same &= whole.SequenceEqual(parts);
        }

        SelfCheck.Check("SHA-256 of every length, cut anywhere, is that of BearSSL"u8, same);
    }

    private static unsafe void BearSslSha256(ReadOnlySpan<byte> text, Span<byte> digest)
    {
        BrSha256Context context;
        BearSsl.Sha256Init(&context);
        fixed (byte* source = text, output = digest)
        {
            BearSsl.Sha256Update(&context, source, (nuint)text.Length);
            BearSsl.Sha256Out(&context, output);
        }
    }

    private static void Rsa<TCryptography>()
        where TCryptography : ICryptography
    {
        ReadOnlySpan<byte> modulus = FirmwareImage.GuestKey.Slice(8, 512);
        Span<byte> digest = stackalloc byte[32];
        Span<byte> signature = stackalloc byte[512];
        Vectors.RsaSignature.CopyTo(signature);
        TCryptography.Sha256(RsaMessage, default, digest);
        ulong start = Processor.ReadCounter();
        SelfCheck.Check("RSA-4096"u8, TCryptography.VerifyRsa(modulus, digest, signature));
        SelfCheck.Time("RSA-4096 verification"u8, start);
        SelfCheck.Check("RSA: a short signature"u8, !TCryptography.VerifyRsa(modulus, digest, signature[1..]));
        SelfCheck.Check("RSA: a long modulus"u8, !TCryptography.VerifyRsa(FirmwareImage.Config[..1024], digest, FirmwareImage.Config[..1024]));
        SelfCheck.Check("RSA: a digest of another length"u8, !TCryptography.VerifyRsa(modulus, digest[1..], signature));
        digest[3] ^= 1;
        SelfCheck.Check("RSA: another digest"u8, !TCryptography.VerifyRsa(modulus, digest, signature));
        digest[3] ^= 1;
        signature[300] ^= 0x10;
        SelfCheck.Check("RSA: another signature"u8, !TCryptography.VerifyRsa(modulus, digest, signature));
    }

    private static void Ed25519<TCryptography>()
        where TCryptography : ICryptography
    {
        Span<byte> key = stackalloc byte[32];
        Span<byte> signature = stackalloc byte[64];
        TCryptography.Ed25519PublicKey(Vectors.EdSeed, key);
        SelfCheck.Check("Ed25519 public key"u8, key.SequenceEqual(Vectors.EdPublic));
        TCryptography.SignEd25519(Vectors.EdSeed, Vectors.EdMessage, signature);
        SelfCheck.Check("Ed25519 signature"u8, signature.SequenceEqual(Vectors.EdSignature));
        SelfCheck.Check("Ed25519 verification"u8, TCryptography.VerifyEd25519(key, Vectors.EdMessage, signature));
        SelfCheck.Check("Ed25519: another message"u8, !TCryptography.VerifyEd25519(key, "x"u8, signature));
        signature[40] ^= 1;
        SelfCheck.Check("Ed25519: another signature"u8, !TCryptography.VerifyEd25519(key, Vectors.EdMessage, signature));
        SelfCheck.Check("Ed25519: a short key"u8, !TCryptography.VerifyEd25519(key[1..], Vectors.EdMessage, Vectors.EdSignature));
    }

    private static void P256<TCryptography>()
        where TCryptography : ICryptography
    {
        Span<byte> key = stackalloc byte[64];
        Span<byte> signature = stackalloc byte[64];
        SelfCheck.Check("P-256 public key"u8, TCryptography.P256PublicKey(Vectors.EcPrivate, key) && key.SequenceEqual(Vectors.EcPublic));
        SelfCheck.Check(
            "P-256 signature"u8, TCryptography.SignP256(Vectors.EcPrivate, "sample"u8, signature) && signature.SequenceEqual(Vectors.EcSignature));
        SelfCheck.Check("P-256 verification"u8, TCryptography.VerifyP256(key, "sample"u8, signature));
        SelfCheck.Check("P-256: another message"u8, !TCryptography.VerifyP256(key, "Sample"u8, signature));
        signature[10] ^= 4;
        SelfCheck.Check("P-256: another signature"u8, !TCryptography.VerifyP256(key, "sample"u8, signature));

        Span<byte> scalar = stackalloc byte[32];
        SelfCheck.Check("P-256: a private key of 0"u8, !TCryptography.P256PublicKey(scalar, key) && !TCryptography.SignP256(scalar, "x"u8, signature));
        scalar.Fill(0xff);
        SelfCheck.Check("P-256: a private key beyond the order"u8, !TCryptography.P256PublicKey(scalar, key));
        scalar.Clear();
        scalar[31] = 1;
        SelfCheck.Check("P-256: a private key of 1"u8, TCryptography.P256PublicKey(scalar, key));
    }

    private static void Gcm<TCryptography>()
        where TCryptography : ICryptography
    {
        Span<byte> data = stackalloc byte[60];
        Span<byte> tag = stackalloc byte[16];
        Vectors.GcmPlain.CopyTo(data);
        TCryptography.EncryptAes256Gcm(Vectors.GcmKey, Vectors.GcmNonce, Vectors.GcmAssociated, data, tag);
        SelfCheck.Check("AES-256-GCM"u8, data.SequenceEqual(Vectors.GcmCipher) && tag.SequenceEqual(Vectors.GcmTag));
        bool opened = TCryptography.DecryptAes256Gcm(Vectors.GcmKey, Vectors.GcmNonce, Vectors.GcmAssociated, data, tag);
        SelfCheck.Check("AES-256-GCM decryption"u8, opened && data.SequenceEqual(Vectors.GcmPlain));
        tag[3] ^= 1;
        opened = TCryptography.DecryptAes256Gcm(Vectors.GcmKey, Vectors.GcmNonce, Vectors.GcmAssociated, data, tag);
        SelfCheck.Check("AES-256-GCM: another tag"u8, !opened && !((ReadOnlySpan<byte>)data).ContainsAnyExcept((byte)0));
    }

    private static void Constant<TCryptography>()
        where TCryptography : ICryptography
    {
        SelfCheck.Check("equal"u8, TCryptography.AreEqual(Vectors.EdSeed, Vectors.EdSeed) && TCryptography.AreEqual(default, default));
        SelfCheck.Check("not equal"u8, !TCryptography.AreEqual(Vectors.EdSeed, Vectors.EcPrivate) && !TCryptography.AreEqual("a"u8, "ab"u8));
        Span<byte> secret = stackalloc byte[33];
        secret.Fill(0xa5);
        TCryptography.Wipe(secret[1..]);
        SelfCheck.Check("wiped"u8, secret[0] == 0xa5 && !((ReadOnlySpan<byte>)secret[1..]).ContainsAnyExcept((byte)0));
    }
}
