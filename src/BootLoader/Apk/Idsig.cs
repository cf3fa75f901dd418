#pragma warning disable CS1591
using BootLoader.Sources;

namespace BootLoader.Apk;

public sealed class Idsig
{
    public ReadOnlyMemory<byte> RootHash => throw new NotImplementedException();

    public ReadOnlyMemory<byte> Salt => throw new NotImplementedException();

    public int BlockSize => throw new NotImplementedException();

    public ReadOnlyMemory<byte> ApkDigest => throw new NotImplementedException();

    public long TreeOffset => throw new NotImplementedException();

    public long TreeSize => throw new NotImplementedException();

    public static Idsig Read(RandomAccessSource idsig) => throw new NotImplementedException();

    public static byte[] Create(
        RandomAccessSource apk, uint sdk = ApkVerifier.CurrentSdk, IProgress<ApkProgress>? progress = null, CancellationToken cancellation = default) =>
        throw new NotImplementedException();

    public static bool CreateOrUpdate(
        RandomAccessSource apk,
        Stream idsig,
        uint sdk = ApkVerifier.CurrentSdk,
        IProgress<ApkProgress>? progress = null,
        CancellationToken cancellation = default) => throw new NotImplementedException();

    public static void Verify(
        RandomAccessSource idsig, RandomAccessSource apk, IProgress<ApkProgress>? progress = null, CancellationToken cancellation = default) =>
        throw new NotImplementedException();
}
