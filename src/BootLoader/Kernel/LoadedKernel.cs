namespace BootLoader.Kernel;

/// <summary>What <see cref="KernelImage.WriteTo"/> wrote.</summary>
/// <param name="FileSize">Bytes from the load address to the last byte that came from the file, decompressed: crosvm's <c>/config/kernel-size</c>.</param>
/// <param name="MemorySize">Bytes from the load address that the kernel occupies, BSS included.</param>
public readonly record struct LoadedKernel(long FileSize, long MemorySize);
