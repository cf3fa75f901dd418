namespace Pvmfw.Platform;

// The contexts of bearssl 0.6, whose insides are the library's: sizes are sizeof() of the C types. scripts/lib/firmware.sh checks them against the
// package's headers.
internal unsafe struct BrSha256Context
{
    public fixed ulong Words[112 / 8];
}

internal unsafe struct BrSha512Context
{
    public fixed ulong Words[208 / 8];
}

internal unsafe struct BrHmacKeyContext
{
    public fixed ulong Words[136 / 8];
}

internal unsafe struct BrHmacContext
{
    public fixed ulong Words[280 / 8];
}

internal unsafe struct BrHkdfContext
{
    public fixed ulong Words[368 / 8];
}

internal unsafe struct BrAesCt64CtrKeys
{
    public fixed ulong Words[256 / 8];
}

internal unsafe struct BrGcmContext
{
    public fixed ulong Words[112 / 8];
}

internal unsafe struct BrRsaPublicKey
{
    public byte* Modulus;
    public nuint ModulusLength;
    public byte* Exponent;
    public nuint ExponentLength;
}

internal unsafe struct BrEcPrivateKey
{
    public int Curve;
    public byte* Scalar;
    public nuint ScalarLength;
}

internal unsafe struct BrEcPublicKey
{
    public int Curve;
    public byte* Point;
    public nuint PointLength;
}
