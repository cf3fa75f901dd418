using System.Runtime;
using System.Runtime.CompilerServices;

namespace Pvmfw.Platform;

/// <summary>The functions of Debian's libbearssl.a, called directly: only pointers and integers cross.</summary>
internal static unsafe class BearSsl
{
    /// <summary>BR_EC_secp256r1.</summary>
    public const int Secp256r1 = 23;

    [RuntimeImport("*", "br_sha256_init")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Sha256Init(BrSha256Context* context);

    // br_sha256_update is a macro for it.
    [RuntimeImport("*", "br_sha224_update")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Sha256Update(BrSha256Context* context, void* data, nuint length);

    [RuntimeImport("*", "br_sha256_out")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Sha256Out(BrSha256Context* context, void* output);

    [RuntimeImport("*", "br_sha512_init")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Sha512Init(BrSha512Context* context);

    // br_sha512_update is a macro for it.
    [RuntimeImport("*", "br_sha384_update")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Sha512Update(BrSha512Context* context, void* data, nuint length);

    [RuntimeImport("*", "br_sha512_out")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Sha512Out(BrSha512Context* context, void* output);

    [RuntimeImport("*", "br_hmac_key_init")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void HmacKeyInit(BrHmacKeyContext* key, void* hash, void* secret, nuint length);

    [RuntimeImport("*", "br_hmac_init")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void HmacInit(BrHmacContext* context, BrHmacKeyContext* key, nuint outputLength);

    [RuntimeImport("*", "br_hmac_update")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void HmacUpdate(BrHmacContext* context, void* data, nuint length);

    [RuntimeImport("*", "br_hmac_out")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern nuint HmacOut(BrHmacContext* context, void* output);

    [RuntimeImport("*", "br_hkdf_init")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void HkdfInit(BrHkdfContext* context, void* hash, void* salt, nuint length);

    [RuntimeImport("*", "br_hkdf_inject")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void HkdfInject(BrHkdfContext* context, void* inputKey, nuint length);

    [RuntimeImport("*", "br_hkdf_flip")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void HkdfFlip(BrHkdfContext* context);

    [RuntimeImport("*", "br_hkdf_produce")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern nuint HkdfProduce(BrHkdfContext* context, void* info, nuint infoLength, void* output, nuint length);

    // It recovers the hash that was signed; comparing is the caller's part. 1 is success.
    [RuntimeImport("*", "br_rsa_i62_pkcs1_vrfy")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern uint RsaPkcs1Verify(void* signature, nuint length, void* oid, nuint hashLength, BrRsaPublicKey* key, void* hashOutput);

    [RuntimeImport("*", "br_aes_ct64_ctr_init")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void AesCtrInit(BrAesCt64CtrKeys* context, void* key, nuint length);

    [RuntimeImport("*", "br_gcm_init")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void GcmInit(BrGcmContext* context, void* cipher, void* ghash);

    [RuntimeImport("*", "br_gcm_reset")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void GcmReset(BrGcmContext* context, void* nonce, nuint length);

    [RuntimeImport("*", "br_gcm_aad_inject")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void GcmAssociated(BrGcmContext* context, void* data, nuint length);

    [RuntimeImport("*", "br_gcm_flip")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void GcmFlip(BrGcmContext* context);

    [RuntimeImport("*", "br_gcm_run")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void GcmRun(BrGcmContext* context, int encrypt, void* data, nuint length);

    [RuntimeImport("*", "br_gcm_get_tag")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void GcmGetTag(BrGcmContext* context, void* tag);

    // 1 is success.
    [RuntimeImport("*", "br_gcm_check_tag")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern uint GcmCheckTag(BrGcmContext* context, void* tag);

    // The length of the key, or 0.
    [RuntimeImport("*", "br_ec_compute_pub")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern nuint EcPublicKey(void* curves, BrEcPublicKey* publicKey, void* buffer, BrEcPrivateKey* privateKey);

    // The nonce is derived (RFC 6979). The length of the signature, or 0.
    [RuntimeImport("*", "br_ecdsa_i31_sign_raw")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern nuint EcdsaSign(void* curves, void* hash, void* digest, BrEcPrivateKey* key, void* signature);

    // 1 is success.
    [RuntimeImport("*", "br_ecdsa_i31_vrfy_raw")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern uint EcdsaVerify(void* curves, void* digest, nuint digestLength, BrEcPublicKey* key, void* signature, nuint length);

    // Data, of which only the address is used.
    [RuntimeImport("*", "br_sha256_vtable")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Sha256Class();

    [RuntimeImport("*", "br_sha512_vtable")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Sha512Class();

    [RuntimeImport("*", "br_ghash_ctmul64")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Ghash();

    [RuntimeImport("*", "br_ec_p256_m31")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void P256();
}
