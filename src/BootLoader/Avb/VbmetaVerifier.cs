using BootLoader.Cryptography;

namespace BootLoader.Avb;

/// <summary>Verifies a vbmeta by itself, in the order of libavb's avb_vbmeta_image_verify. Shared with the firmware.</summary>
public static class VbmetaVerifier
{
    /// <summary>
    /// Checks header, digest, key and signature. <see cref="VbmetaResult.Ok"/> says that whoever has the key in the vbmeta signed it;
    /// the caller decides whether that key is one to trust.
    /// </summary>
    /// <typeparam name="TCryptography">The primitives.</typeparam>
    /// <param name="vbmeta">The vbmeta, which must not change meanwhile; bytes after it are left alone.</param>
    /// <param name="image">Its parts; empty unless the result is <see cref="VbmetaResult.Ok"/> or <see cref="VbmetaResult.OkNotSigned"/>.</param>
    public static VbmetaResult Verify<TCryptography>(ReadOnlySpan<byte> vbmeta, out VbmetaImage image)
        where TCryptography : ICryptography
    {
        image = default;
        VbmetaResult result = VbmetaImage.Open(vbmeta, out VbmetaImage opened);
        if (result != VbmetaResult.Ok)
        {
            return result;
        }

        if (opened.Header.Algorithm == AvbAlgorithm.None)
        {
            image = opened;
            return VbmetaResult.OkNotSigned;
        }

        result = VerifySignature<TCryptography>(opened);
        if (result == VbmetaResult.Ok)
        {
            image = opened;
        }

        return result;
    }

    private static VbmetaResult VerifySignature<TCryptography>(in VbmetaImage image)
        where TCryptography : ICryptography
    {
        AvbAlgorithm algorithm = image.Header.Algorithm;
        Span<byte> digest = stackalloc byte[AvbAlgorithmSizes.MaximumDigest];
        digest = digest[..AvbAlgorithmSizes.Digest(algorithm)];
        ReadOnlySpan<byte> header = image.Bytes[..VbmetaHeader.Size];
        if (digest.Length == 32)
        {
            TCryptography.Sha256(header, image.Auxiliary, digest);
        }
        else
        {
            TCryptography.Sha512(header, image.Auxiliary, digest);
        }

        if (!TCryptography.AreEqual(digest, image.Hash))
        {
            return VbmetaResult.HashMismatch;
        }

        if (!AvbPublicKey.TryRead(image.PublicKey, out AvbPublicKey key) || key.Bits != AvbAlgorithmSizes.KeyBits(algorithm))
        {
            return VbmetaResult.BadKey;
        }

        return TCryptography.VerifyRsa(key.Modulus, digest, image.Signature) ? VbmetaResult.Ok : VbmetaResult.SignatureMismatch;
    }
}
