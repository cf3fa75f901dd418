using System.Buffers.Binary;
using System.Text;

namespace BootLoader.Avb.Making;

/// <summary>Makes descriptors (libavb, avb_*_descriptor.h).</summary>
public static class AvbDescriptors
{
    /// <summary>A name and a value.</summary>
    public static byte[] Property(string key, ReadOnlySpan<byte> value)
    {
        byte[] name = Encoding.UTF8.GetBytes(key);
        byte[] descriptor = New(AvbDescriptorTag.Property, PropertyDescriptor.FixedSize, [name, [0], value.ToArray(), [0]]);
        BinaryPrimitives.WriteUInt64BigEndian(descriptor.AsSpan(16), (ulong)name.Length);
        BinaryPrimitives.WriteUInt64BigEndian(descriptor.AsSpan(24), (ulong)value.Length);
        return descriptor;
    }

    /// <summary>A partition that is verified whole.</summary>
    /// <param name="partition">Its name, without slot suffix.</param>
    /// <param name="imageSize">Bytes that are hashed.</param>
    /// <param name="algorithm">The hash's name.</param>
    /// <param name="salt">Hashed before the image.</param>
    /// <param name="digest">The digest.</param>
    /// <param name="flags"><see cref="HashDescriptor.DoNotUseAb"/> or 0.</param>
    public static byte[] Hash(
        string partition, ulong imageSize, string algorithm, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> digest, uint flags = 0)
    {
        byte[] name = Encoding.UTF8.GetBytes(partition);
        byte[] descriptor = New(AvbDescriptorTag.Hash, HashDescriptor.FixedSize, [name, salt.ToArray(), digest.ToArray()]);
        BinaryPrimitives.WriteUInt64BigEndian(descriptor.AsSpan(16), imageSize);
        Encoding.ASCII.GetBytes(algorithm).CopyTo(descriptor, 24);
        WriteWords(descriptor.AsSpan(56), (uint)name.Length, (uint)salt.Length, (uint)digest.Length, flags);
        return descriptor;
    }

    /// <summary>A partition that dm-verity verifies block by block, without error correction.</summary>
    /// <param name="partition">Its name, without slot suffix.</param>
    /// <param name="imageSize">Bytes that the tree covers; the tree follows them.</param>
    /// <param name="treeSize">Bytes of the tree.</param>
    /// <param name="blockSize">Bytes of data and hash blocks.</param>
    /// <param name="algorithm">The hash's name.</param>
    /// <param name="salt">Hashed before each block.</param>
    /// <param name="rootDigest">The digest of the topmost block.</param>
    /// <param name="flags"><see cref="HashtreeDescriptor.DoNotUseAb"/>, <see cref="HashtreeDescriptor.CheckAtMostOnce"/>.</param>
    public static byte[] Hashtree(
        string partition,
        ulong imageSize,
        ulong treeSize,
        uint blockSize,
        string algorithm,
        ReadOnlySpan<byte> salt,
        ReadOnlySpan<byte> rootDigest,
        uint flags = 0)
    {
        byte[] name = Encoding.UTF8.GetBytes(partition);
        byte[] descriptor = New(AvbDescriptorTag.Hashtree, HashtreeDescriptor.FixedSize, [name, salt.ToArray(), rootDigest.ToArray()]);
        BinaryPrimitives.WriteUInt32BigEndian(descriptor.AsSpan(16), 1);
        BinaryPrimitives.WriteUInt64BigEndian(descriptor.AsSpan(20), imageSize);
        BinaryPrimitives.WriteUInt64BigEndian(descriptor.AsSpan(28), imageSize);
        BinaryPrimitives.WriteUInt64BigEndian(descriptor.AsSpan(36), treeSize);
        WriteWords(descriptor.AsSpan(44), blockSize, blockSize);
        Encoding.ASCII.GetBytes(algorithm).CopyTo(descriptor, 72);
        WriteWords(descriptor.AsSpan(104), (uint)name.Length, (uint)salt.Length, (uint)rootDigest.Length, flags);
        return descriptor;
    }

    /// <summary>Parameters for the kernel.</summary>
    public static byte[] KernelCmdline(string text, uint flags = 0)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        byte[] descriptor = New(AvbDescriptorTag.KernelCmdline, KernelCmdlineDescriptor.FixedSize, [bytes]);
        WriteWords(descriptor.AsSpan(16), flags, (uint)bytes.Length);
        return descriptor;
    }

    /// <summary>A partition with a vbmeta of its own.</summary>
    /// <param name="partition">Its name, without slot suffix.</param>
    /// <param name="rollbackIndexLocation">From 1 up.</param>
    /// <param name="publicKey">The key that signs it (<see cref="AvbPublicKey"/>).</param>
    /// <param name="flags"><see cref="ChainPartitionDescriptor.DoNotUseAb"/> or 0.</param>
    public static byte[] ChainPartition(string partition, uint rollbackIndexLocation, ReadOnlySpan<byte> publicKey, uint flags = 0)
    {
        byte[] name = Encoding.UTF8.GetBytes(partition);
        byte[] descriptor = New(AvbDescriptorTag.ChainPartition, ChainPartitionDescriptor.FixedSize, [name, publicKey.ToArray()]);
        WriteWords(descriptor.AsSpan(16), rollbackIndexLocation, (uint)name.Length, (uint)publicKey.Length, flags);
        return descriptor;
    }

    private static byte[] New(AvbDescriptorTag tag, int fixedSize, byte[][] parts)
    {
        int size = fixedSize + parts.Sum(static part => part.Length);
        byte[] descriptor = new byte[(size + AvbDescriptor.Alignment - 1) / AvbDescriptor.Alignment * AvbDescriptor.Alignment];
        BinaryPrimitives.WriteUInt64BigEndian(descriptor, (ulong)tag);
        BinaryPrimitives.WriteUInt64BigEndian(descriptor.AsSpan(8), (ulong)(descriptor.Length - AvbDescriptor.HeaderSize));
        int at = fixedSize;
        foreach (byte[] part in parts)
        {
            part.CopyTo(descriptor, at);
            at += part.Length;
        }

        return descriptor;
    }

    private static void WriteWords(Span<byte> destination, params ReadOnlySpan<uint> words)
    {
        foreach (uint word in words)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, word);
            destination = destination[4..];
        }
    }
}
