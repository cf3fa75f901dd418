#pragma warning disable CS1591
using BootLoader.Sources;

namespace BootLoader.Apk;

public static class ApkVerifier
{
    public const uint CurrentSdk = 35;

    public static ApkSignature Verify(
        RandomAccessSource apk, uint sdk = CurrentSdk, IProgress<ApkProgress>? progress = null, CancellationToken cancellation = default) =>
        throw new NotImplementedException();

    public static ApkSignature ReadUnverified(RandomAccessSource apk, uint sdk = CurrentSdk) => throw new NotImplementedException();
}
