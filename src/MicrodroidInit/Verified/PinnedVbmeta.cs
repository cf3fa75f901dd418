using BootLoader.Avb;
using BootLoader.Cryptography;
using MicrodroidInit.Disks;

namespace MicrodroidInit.Verified;

/// <summary>The vbmeta of the system, which is the one that the bootconfig names by its digest.</summary>
/// <remarks>
/// Its signature is not looked at: whoever verified the initrd (the firmware of a protected VM) verified the digest with it. Where nobody did, the
/// host could as well replace this program.
/// </remarks>
public static class PinnedVbmeta
{
    /// <summary>Reads the vbmeta and compares its digest.</summary>
    /// <param name="partition">vbmeta_a.</param>
    /// <param name="parameters">Size and digest.</param>
    /// <param name="vbmeta">Takes it: as many bytes as its size.</param>
    public static InitFault Read<TSystem, TDigest>(in DiskPartition partition, in BootParameters parameters, Span<byte> vbmeta)
        where TSystem : struct, ISystem
        where TDigest : IDigest
    {
        int file = partition.Open<TSystem>();
        if (file < 0)
        {
            return new InitFault(InitError.OpenVbmeta, file);
        }

        int length = PartitionReading.ReadWhole<TSystem>(file, vbmeta, 0);
        TSystem.Close(file);
        if (length != vbmeta.Length)
        {
            return length < 0 ? new InitFault(InitError.ReadVbmeta, length) : new InitFault(InitError.VbmetaTooShort, length);
        }

        Span<byte> digest = stackalloc byte[Sha256Digest.Size];
        Span<byte> expected = stackalloc byte[Sha256Digest.Size];
        TDigest.Sha256(vbmeta, default, digest);
        parameters.VbmetaDigest.CopyTo(expected);
        return TDigest.AreEqual(digest, expected) ? default : new InitFault(InitError.VbmetaDigest, length);
    }
}
