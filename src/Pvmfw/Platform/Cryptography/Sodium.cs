using System.Runtime;
using System.Runtime.CompilerServices;

namespace Pvmfw.Platform;

/// <summary>The functions of Debian's libsodium.a; each returns 0 for success.</summary>
internal static unsafe class Sodium
{
    [RuntimeImport("*", "crypto_sign_ed25519_seed_keypair")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern int SeedKeyPair(byte* publicKey, byte* secretKey, byte* seed);

    [RuntimeImport("*", "crypto_sign_ed25519_detached")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern int Sign(byte* signature, ulong* signatureLength, byte* message, ulong length, byte* secretKey);

    [RuntimeImport("*", "crypto_sign_ed25519_verify_detached")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern int Verify(byte* signature, byte* message, ulong length, byte* publicKey);
}
