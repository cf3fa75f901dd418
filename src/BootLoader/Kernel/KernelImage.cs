using System.Runtime.InteropServices;

namespace BootLoader.Kernel;

/// <summary>A kernel file whose headers have been read and checked, ready to be written into guest memory.</summary>
/// <remarks>
/// Only the headers are read here (of a compressed kernel, its first 4 KiB are decompressed). <see cref="WriteTo"/> reads the rest once,
/// straight to where it belongs. The file must not change in between.
/// </remarks>
public sealed class KernelImage
{
    private readonly KernelPayload _payload;

    private KernelImage(KernelImageKind kind, KernelPayload payload)
    {
        Kind = kind;
        _payload = payload;
    }

    /// <summary>The container that the kernel comes in.</summary>
    public KernelImageKind Kind { get; }

    /// <summary>How it is compressed.</summary>
    public KernelCompression Compression => _payload.Compression;

    /// <summary>The arm64 header; null for an ELF program that has none.</summary>
    public Arm64ImageHeader? Header => _payload.Header;

    /// <summary>Whether <see cref="TextOffset"/> counts from the payload's address or from the start of RAM.</summary>
    public KernelLoadOrigin Origin => _payload.Origin;

    /// <summary>Bytes from <see cref="Origin"/> to the load address.</summary>
    public ulong TextOffset => _payload.TextOffset;

    /// <summary>
    /// Bytes of memory from the load address that the kernel occupies, BSS included, as far as the headers say. A compressed file may hold
    /// more behind the image, such as a signature: <see cref="LoadedKernel.MemorySize"/> counts that as well.
    /// </summary>
    public long MemorySize => _payload.MemorySize;

    /// <summary>Bytes from the load address to the last byte that comes from the file; null for a compressed kernel until it is written.</summary>
    public long? FileSize => _payload.FileSize;

    /// <summary>Bytes from the load address to the first instruction.</summary>
    public long EntryOffset => _payload.EntryOffset;

    /// <summary>Recognises a kernel by its content and reads its headers.</summary>
    /// <param name="file">
    /// The file, seekable, from its start; it stays the caller's and open until <see cref="WriteTo"/> is done. A FileStream with a buffer size of 0
    /// reads straight into guest memory.
    /// </param>
    /// <exception cref="KernelImageException">It is no kernel that can be started here; the message says what it is.</exception>
    public static KernelImage Parse(Stream file)
    {
        if (!file.CanSeek)
        {
            throw new KernelImageException("cannot be read at a given position (a pipe?): a kernel must be a regular file");
        }

        try
        {
            return Recognise(file);
        }
        catch (EndOfStreamException e)
        {
            throw new KernelImageException("is cut short while its headers are read", e);
        }
    }

    /// <summary>Recognises a kernel in memory.</summary>
    /// <exception cref="KernelImageException">As above.</exception>
    public static KernelImage Parse(ReadOnlyMemory<byte> file)
    {
        if (!MemoryMarshal.TryGetArray(file, out ArraySegment<byte> bytes))
        {
            bytes = file.ToArray();
        }

        return Parse(new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false));
    }

    /// <summary>The guest physical address at which the kernel must be written.</summary>
    /// <param name="ramStart">The first address of RAM.</param>
    /// <param name="payloadStart">The first address that the payload may use, 2 MiB aligned.</param>
    /// <exception cref="KernelImageException">The address lies below the payload's, or is none.</exception>
    public ulong LoadAddress(ulong ramStart, ulong payloadStart)
    {
        ulong origin = Origin == KernelLoadOrigin.Ram ? ramStart : payloadStart;
        if (TextOffset > ulong.MaxValue - origin || origin + TextOffset < payloadStart)
        {
            throw new KernelImageException(
                $"asks to be loaded 0x{TextOffset:x} bytes from 0x{origin:x}, which is not in the memory for it, from 0x{payloadStart:x}");
        }

        return origin + TextOffset;
    }

    /// <summary>Writes the kernel. BSS and gaps are not written: the memory is expected to be zero, as new guest memory is.</summary>
    /// <param name="destination">Guest memory from the load address to the first byte that the kernel must not touch.</param>
    /// <exception cref="KernelImageException">The memory is too small, or the file is damaged or cut short.</exception>
    public LoadedKernel WriteTo(Span<byte> destination)
    {
        if (MemorySize > destination.Length)
        {
            throw new KernelImageException($"the kernel needs {MemorySize} bytes of memory from its load address, there are {destination.Length}");
        }

        try
        {
            long written = _payload.WriteTo(destination);
            return new LoadedKernel(written, Math.Max(written, MemorySize));
        }
        catch (EndOfStreamException e)
        {
            throw new KernelImageException("the kernel was cut short while it was read", e);
        }
    }

    private static KernelImage Recognise(Stream file)
    {
        byte[] head = new byte[FileContent.HeadSize];
        file.Seek(0, SeekOrigin.Begin);
        head = head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        if (ElfProgram.Is(head))
        {
            return new KernelImage(KernelImageKind.Elf, new ElfPayload(file, ElfProgram.Read(file, head)));
        }

        if (EfiZbootHeader.TryRead(head, out EfiZbootHeader zboot))
        {
            return new KernelImage(KernelImageKind.EfiZboot, CompressedPayload.FromZboot(file, head, zboot));
        }

        if (Arm64ImageHeader.TryRead(head, out _))
        {
            return new KernelImage(KernelImageKind.Image, new ImagePayload(file, head));
        }

        return CompressedPayload.Recognise(head) is var compression and not KernelCompression.None
            ? new KernelImage(KernelImageKind.CompressedImage, new CompressedPayload(file, 0, file.Length, compression))
            : throw new KernelImageException($"not an arm64 kernel: {FileContent.Describe(head)}");
    }
}
