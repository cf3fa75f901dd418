#pragma warning disable CS1591
using BootLoader.Sources;

namespace BootLoader.Apk;

public static class ApkSigner
{
    public static void Sign(RandomAccessSource unsigned, Stream output, ApkSigningKey key, uint minSdk = 24, uint maxSdk = int.MaxValue) =>
        throw new NotImplementedException();
}
