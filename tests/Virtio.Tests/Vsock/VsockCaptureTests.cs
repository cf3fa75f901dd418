using System.Buffers.Binary;
using System.Diagnostics;
using Kvm.Interop.Files;
using Kvm.Interop.Sockets;
using Virtio.Vsock;
using static Virtio.Vsock.VsockConstants;

namespace Virtio.Tests.Vsock;

public sealed class VsockCaptureTests : IDisposable
{
    private readonly VsockGuest _guest = new(capture: true);

    public void Dispose() => _guest.Dispose();

    [Fact]
    public void A_capture_is_a_pcap_file_with_a_record_for_every_packet()
    {
        Talk();
        byte[] file = File.ReadAllBytes(_guest.CapturePath);
        Assert.Equal(0xa1b23c4du, BitConverter.ToUInt32(file, 0));
        Assert.Equal((2, 4), (BitConverter.ToUInt16(file, 4), BitConverter.ToUInt16(file, 6)));
        Assert.Equal(271u, BitConverter.ToUInt32(file, 20));
        List<(ushort Monitor, ushort Operation, ulong Source, int Payload)> records = [];
        int offset = 24;
        while (offset < file.Length)
        {
            ReadOnlySpan<byte> record = file.AsSpan(offset);
            int captured = BinaryPrimitives.ReadInt32LittleEndian(record[8..]);
            Assert.Equal(captured, BinaryPrimitives.ReadInt32LittleEndian(record[12..]));
            ReadOnlySpan<byte> monitor = record[16..];
            Assert.Equal((2, VsockHeader.Size), (BinaryPrimitives.ReadUInt16LittleEndian(monitor[26..]), BinaryPrimitives.ReadUInt16LittleEndian(monitor[28..])));
            ReadOnlySpan<byte> header = monitor[32..];
            Assert.True(header[..24].SequenceEqual(monitor[..24]), "the addresses differ between the two headers");
            records.Add((
                BinaryPrimitives.ReadUInt16LittleEndian(monitor[24..]),
                BinaryPrimitives.ReadUInt16LittleEndian(header[30..]),
                BinaryPrimitives.ReadUInt64LittleEndian(header),
                captured - 32 - VsockHeader.Size));
            offset += 16 + captured;
        }

        Assert.Equal(offset, file.Length);
        Assert.Equal(
            [
                (1, VIRTIO_VSOCK_OP_REQUEST, VsockGuest.Cid, 0),
                (1, VIRTIO_VSOCK_OP_RESPONSE, 2, 0),
                (4, VIRTIO_VSOCK_OP_RW, VsockGuest.Cid, 14),
                (4, VIRTIO_VSOCK_OP_RW, 2, 13),
                (3, VIRTIO_VSOCK_OP_CREDIT_REQUEST, VsockGuest.Cid, 0),
                (3, VIRTIO_VSOCK_OP_CREDIT_UPDATE, 2, 0),
                (2, VIRTIO_VSOCK_OP_SHUTDOWN, VsockGuest.Cid, 0),
                (2, VIRTIO_VSOCK_OP_RST, 2, 0),
            ],
            records);
        Assert.True(file.AsSpan().IndexOf("from the guest"u8) > 0);
        Assert.True(file.AsSpan().IndexOf("from the host"u8) > 0);
        Assert.Empty(_guest.Reports);
    }

    [SkippableFact]
    public void Tshark_dissects_a_capture()
    {
        Talk();
        string output;
        try
        {
            using Process tshark = Process.Start(new ProcessStartInfo("tshark", ["-r", _guest.CapturePath, "-V"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            Task<string> errors = tshark.StandardError.ReadToEndAsync();
            output = tshark.StandardOutput.ReadToEnd();
            tshark.WaitForExit();
            Assert.True(tshark.ExitCode == 0, errors.Result);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new SkipException("tshark is not installed (Debian: tshark)");
        }

        Assert.Contains("Vsock", output, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("42", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Malformed", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_takes_no_more_ends_the_capture_and_is_reported_once()
    {
        List<string> reports = [];
        string path = _guest.CapturePath + ".fifo";
        using Process mkfifo = Process.Start("mkfifo", [path]);
        mkfifo.WaitForExit();
        using PosixFile reader = PosixFile.Open(path, OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK);
        using VsockCapture capture = new(PosixFile.Open(path, OpenFlags.O_WRONLY | OpenFlags.O_NONBLOCK), reports.Add, TimeProvider.System);
        VsockHeader header = _guest.Header(VIRTIO_VSOCK_OP_RW, 1, 2);
        for (int i = 0; i < 2000; i++)
        {
            capture.Write(header, []); // nobody reads, so the pipe is full soon
        }

        Assert.StartsWith($"the capture {path} ends here: ", Assert.Single(reports), StringComparison.Ordinal);
    }

    private void Talk()
    {
        UnixSocket program = _guest.OpenFromGuest(1000, 52);
        _guest.Send(VIRTIO_VSOCK_OP_RW, 1000, 52, "from the guest"u8);
        VsockGuest.ReadAll(program, 14);
        program.Send("from the host"u8);
        _guest.Receive(VIRTIO_VSOCK_OP_RW);
        _guest.Send(VIRTIO_VSOCK_OP_CREDIT_REQUEST, 1000, 52);
        _guest.Receive(VIRTIO_VSOCK_OP_CREDIT_UPDATE);
        _guest.Send(VIRTIO_VSOCK_OP_SHUTDOWN, 1000, 52, flags: ShutdownBoth);
        _guest.Receive(VIRTIO_VSOCK_OP_RST);
    }
}
