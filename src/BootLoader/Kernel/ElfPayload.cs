namespace BootLoader.Kernel;

/// <summary>An ELF program.</summary>
/// <remarks>
/// Physical addresses count from the start of RAM, as in crosvm. A <c>vmlinux</c> as kernel builds leave it has kernel virtual addresses
/// (bit 63 set) in their place; it is loaded as the <c>Image</c> that objcopy would make of it.
/// </remarks>
internal sealed class ElfPayload : KernelPayload
{
    private const ulong KernelVirtual = 1UL << 63;

    private readonly Stream _file;
    private readonly ElfProgram _program;

    public ElfPayload(Stream file, ElfProgram program)
    {
        _file = file;
        _program = program;
        byte[] head = new byte[(int)Math.Min(program.Segments[0].FileSize, Arm64ImageHeader.Size)];
        file.Seek((long)program.Segments[0].FileOffset, SeekOrigin.Begin);
        file.ReadExactly(head);
        if (Arm64ImageHeader.TryRead(head, out Arm64ImageHeader header))
        {
            Check(header);
            Header = header;
        }
    }

    /// <inheritdoc/>
    public override Arm64ImageHeader? Header { get; }

    /// <inheritdoc/>
    public override KernelLoadOrigin Origin => _program.Lowest < KernelVirtual ? KernelLoadOrigin.Ram : KernelLoadOrigin.Payload;

    /// <inheritdoc/>
    public override ulong TextOffset => Origin == KernelLoadOrigin.Ram ? _program.Lowest : base.TextOffset;

    /// <inheritdoc/>
    public override long MemorySize => (long)_program.MemorySize;

    /// <inheritdoc/>
    public override long? FileSize => (long)_program.FileSize;

    /// <inheritdoc/>
    public override long EntryOffset => (long)_program.Entry;

    /// <inheritdoc/>
    public override long WriteTo(Span<byte> destination)
    {
        foreach (ElfSegment segment in _program.Segments)
        {
            _file.Seek((long)segment.FileOffset, SeekOrigin.Begin);
            _file.ReadExactly(destination.Slice((int)(segment.PhysicalAddress - _program.Lowest), (int)segment.FileSize));
        }

        return (long)_program.FileSize;
    }
}
