namespace BootLoader.Kernel;

/// <summary>The container that a kernel comes in.</summary>
public enum KernelImageKind
{
    /// <summary>An arm64 <c>Image</c> as it runs.</summary>
    Image,

    /// <summary>An arm64 <c>Image</c>, compressed (<c>Image.gz</c>, <c>Image.lz4</c>, <c>Image.zst</c>).</summary>
    CompressedImage,

    /// <summary>An EFI program that carries a compressed <c>Image</c> (<c>vmlinuz.efi</c>; Linux, drivers/firmware/efi/libstub/zboot-header.S).</summary>
    EfiZboot,

    /// <summary>An ELF program for aarch64.</summary>
    Elf,
}
