using System.Runtime.InteropServices;
using Kvm.Interop;
using Kvm.Interop.Files;
using Kvm.Interop.Memory;

namespace Virtio.Vsock;

/// <summary>Writes what passes through a vsock device to a file that Wireshark opens: pcap with LINKTYPE_VSOCK.</summary>
/// <remarks>
/// Each record is <c>struct af_vsockmon_hdr</c> of linux/vsockmon.h, the packet's <c>struct virtio_vsock_hdr</c>, and its payload, which the kernel
/// copies from guest memory. A file that takes no more ends the capture, cut behind its last whole record, and nothing else.
/// </remarks>
public sealed unsafe class VsockCapture : IDisposable
{
    private const uint Magic = 0xa1b23c4d; // pcap with nanoseconds
    private const uint LINKTYPE_VSOCK = 271;
    private const uint MaxPacket = 1 << 20;
    private const int MonitorHeaderSize = 32;
    private const int RecordHeaderSize = 16;
    private const int MaxPieces = 1024;
    private const ushort AF_VSOCK_TRANSPORT_VIRTIO = 2;

    private readonly PosixFile _file;
    private readonly Action<string> _report;
    private readonly TimeProvider _time;
    private readonly MemoryMapping _head = MemoryMapping.MapAnonymous((ulong)Environment.SystemPageSize);
    private readonly IoVector[] _pieces = new IoVector[1 + MaxPieces];
    private long _length;
    private bool _ended;

    /// <summary>Begins a capture.</summary>
    /// <param name="file">An empty file open for writing; closed with this object.</param>
    /// <param name="report">Told in one line when the capture ends early.</param>
    /// <param name="time">The clock of the records.</param>
    /// <exception cref="LinuxException">The file cannot be written.</exception>
    public VsockCapture(PosixFile file, Action<string> report, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(file);
        _file = file;
        _report = report;
        _time = time;
        Span<uint> header = [Magic, 2 | (4 << 16), 0, 0, MaxPacket, LINKTYPE_VSOCK]; // version 2.4
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(header);
        file.WriteAll(bytes);
        _length = bytes.Length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _head.Dispose();
    }

    /// <summary>Writes a packet.</summary>
    /// <param name="header">Its header.</param>
    /// <param name="payload">Its payload, as long as the header says, or what there is of it.</param>
    internal void Write(in VsockHeader header, ReadOnlySpan<IoVector> payload)
    {
        if (_ended)
        {
            return;
        }

        uint payloadLength = 0;
        int count = 1;
        for (int i = 0; i < payload.Length && i < MaxPieces; i++)
        {
            uint room = MaxPacket - MonitorHeaderSize - VsockHeader.Size - payloadLength;
            uint length = (uint)Math.Min(payload[i].Length, room);
            _pieces[count++] = new IoVector(payload[i].Start, length);
            payloadLength += length;
        }

        uint captured = MonitorHeaderSize + VsockHeader.Size + payloadLength;
        uint original = MonitorHeaderSize + VsockHeader.Size + header.Length;
        WriteHead(header, captured, Math.Max(original, captured));
        _pieces[0] = new IoVector(_head.Pointer, RecordHeaderSize + MonitorHeaderSize + VsockHeader.Size);
        // A vector takes 1024 pieces; a record with more has lost its last one.
        Append(_pieces.AsSpan(0, Math.Min(count, MaxPieces)), RecordHeaderSize + captured);
    }

    private static ushort MonitorOperation(ushort operation) => operation switch
    {
        VsockConstants.VIRTIO_VSOCK_OP_REQUEST or VsockConstants.VIRTIO_VSOCK_OP_RESPONSE => 1, // AF_VSOCK_OP_CONNECT
        VsockConstants.VIRTIO_VSOCK_OP_RST or VsockConstants.VIRTIO_VSOCK_OP_SHUTDOWN => 2, // AF_VSOCK_OP_DISCONNECT
        VsockConstants.VIRTIO_VSOCK_OP_CREDIT_UPDATE or VsockConstants.VIRTIO_VSOCK_OP_CREDIT_REQUEST => 3, // AF_VSOCK_OP_CONTROL
        VsockConstants.VIRTIO_VSOCK_OP_RW => 4, // AF_VSOCK_OP_PAYLOAD
        _ => 0, // AF_VSOCK_OP_UNKNOWN
    };

    private void WriteHead(in VsockHeader header, uint captured, uint original)
    {
        long ticks = (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks;
        // SAFETY: the page holds the three headers; they are little-endian as the host is.
        byte* head = _head.Pointer;
        uint* record = (uint*)head;
        record[0] = (uint)(ticks / TimeSpan.TicksPerSecond);
        record[1] = (uint)(ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick);
        record[2] = captured;
        record[3] = original;
        byte* monitor = head + RecordHeaderSize;
        *(ulong*)monitor = header.SourceCid;
        *(ulong*)(monitor + 8) = header.DestinationCid;
        *(uint*)(monitor + 16) = header.SourcePort;
        *(uint*)(monitor + 20) = header.DestinationPort;
        *(ushort*)(monitor + 24) = MonitorOperation(header.Operation);
        *(ushort*)(monitor + 26) = AF_VSOCK_TRANSPORT_VIRTIO;
        *(ushort*)(monitor + 28) = VsockHeader.Size;
        *(ushort*)(monitor + 30) = 0;
        *(VsockHeader*)(monitor + MonitorHeaderSize) = header;
    }

    private void Append(ReadOnlySpan<IoVector> pieces, uint length)
    {
        try
        {
            int written = _file.WriteVectors(pieces);
            if (written == length)
            {
                _length += written;
                return;
            }

            End(written < 0 ? "it has no room now" : $"{written} of {length} bytes of a record could be written");
        }
        catch (LinuxException e)
        {
            End(e.Message);
        }
    }

    private void End(string reason)
    {
        _ended = true;
        try
        {
            _file.SetLength(_length);
        }
        catch (LinuxException)
        {
            // A pipe cannot be cut; its reader sees that the last record is not whole.
        }

        _report($"the capture {_file.Name} ends here: {reason}");
    }
}
