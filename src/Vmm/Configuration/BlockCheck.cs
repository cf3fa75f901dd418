using System.Numerics;
using System.Text;
using Virtio.Block;
using Vmm.Outcome;

namespace Vmm.Configuration;

/// <summary>The rules of <c>--block</c>: each disk for itself, and all of them together.</summary>
internal static class BlockCheck
{
    private const int MaxIdBytes = 20;
    private const ulong MinBlockSize = 512;
    private const ulong MaxBlockSize = 4096;
    private const int MaxRootLetters = 26;

    /// <exception cref="InvalidOptionException">The first fault.</exception>
    public static void Check(IReadOnlyList<BlockConfig> disks)
    {
        foreach (BlockConfig disk in disks)
        {
            if (!BitOperations.IsPow2(disk.BlockSize) || disk.BlockSize is < MinBlockSize or > MaxBlockSize)
            {
                throw new InvalidOptionException($"{disk.Option}: {disk.Path}: block-size={disk.BlockSize}; it is 512, 1024, 2048 or 4096");
            }

            if (disk.AllowBacking && disk.Type != DiskType.Qcow2)
            {
                throw new InvalidOptionException($"{disk.Option}: {disk.Path}: allow-backing is for type=qcow2; no other image has a backing file");
            }

            if (!Ascii.IsValid(disk.Id) || disk.Id.Length > MaxIdBytes)
            {
                throw new InvalidOptionException($"{disk.Option}: {disk.Path}: id='{disk.Id}'; it has at most {MaxIdBytes} characters, all of them ASCII");
            }
        }

        int roots = disks.Count(static disk => disk.Root);
        if (roots > 1)
        {
            throw new InvalidOptionException($"{roots} disks are to be the root file system; one can be");
        }

        if (roots == 1 && disks.TakeWhile(static disk => !disk.Root).Count() >= MaxRootLetters)
        {
            throw new InvalidOptionException($"the root file system must be on one of the first {MaxRootLetters} disks");
        }
    }
}
