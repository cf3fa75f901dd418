using System.IO.Compression;
using BootLoader.Compression;
using Kvm.Interop;
using Kvm.Interop.Files;

namespace Virtio.Block.Formats.Qcow2;

/// <summary>Decompresses clusters, one after the other; the last one is kept. One thread at a time.</summary>
/// <remarks>.NET's inflater is made anew for each cluster, so this is the one way of reading that allocates.</remarks>
internal sealed class Qcow2Decompressor(Qcow2Image image) : IDisposable
{
    private readonly byte[] _content = new byte[image.Geometry.ClusterSize];
    private readonly MemFd _file = MemFd.Create("cluster", (ulong)image.Geometry.ClusterSize);
    private byte[] _compressed = [];
    private ulong _have;

    /// <summary>The content of a compressed cluster, until the next call.</summary>
    /// <returns>0 or an errno; EIO for bytes that do not decompress.</returns>
    public int Decompress(Qcow2Entry entry, out ReadOnlySpan<byte> content)
    {
        content = _content;
        if (_have == entry.Value)
        {
            return 0;
        }

        _have = 0;
        entry.CompressedRange(image.Geometry.ClusterBits, out ulong offset, out int length);
        if (offset < (ulong)Qcow2Format.HeaderSizeV2 || offset >= image.End)
        {
            return Errno.EIO;
        }

        // The last sector may end behind the file.
        length = (int)Math.Min((ulong)length, image.End - offset);
        if (_compressed.Length < length)
        {
            _compressed = new byte[Math.Max(length, image.Geometry.ClusterSize)];
        }

        int error = image.Read(_compressed.AsSpan(0, length), offset);
        if (error != 0)
        {
            return error;
        }

        bool good = image.Header.CompressionType == Qcow2Format.CompressionZlib
            ? Inflate(length)
            : ZstdFrame.TryDecompress(_compressed, length, _content);
        _have = good ? entry.Value : 0;
        return good ? FileTransfer.WriteAll(_file, _content, 0) : Errno.EIO;
    }

    /// <summary>Reads a part of a compressed cluster into a request.</summary>
    /// <returns>0 or an errno.</returns>
    public int Read(Qcow2Entry entry, ref VectorCursor cursor, ulong within, ulong length)
    {
        int error = Decompress(entry, out _);
        return error == 0 ? FileIo.Read(_file, ref cursor, within, length) : error;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private bool Inflate(int length)
    {
        try
        {
            using DeflateStream stream = new(new MemoryStream(_compressed, 0, length), CompressionMode.Decompress);
            return stream.ReadAtLeast(_content, _content.Length, throwOnEndOfStream: false) == _content.Length;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }
}
