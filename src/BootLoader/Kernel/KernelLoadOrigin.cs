namespace BootLoader.Kernel;

/// <summary>What <see cref="KernelImage.TextOffset"/> counts from.</summary>
public enum KernelLoadOrigin
{
    /// <summary>The 2 MiB aligned address at which the payload is to start.</summary>
    Payload,

    /// <summary>The start of RAM: an ELF program whose physical addresses count from there, as crosvm reads them.</summary>
    Ram,
}
