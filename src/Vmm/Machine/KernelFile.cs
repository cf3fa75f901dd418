using BootLoader.Kernel;
using Kvm.Interop.Files;
using Microsoft.Win32.SafeHandles;
using Vmm.CommandLine;
using Vmm.Configuration;

namespace Vmm.Machine;

/// <summary>The kernel's file: opened and recognised, then read once, straight to its place in guest memory.</summary>
internal sealed class KernelFile : IDisposable
{
    private const string Option = "KERNEL";

    private readonly string _path;
    private readonly PosixFile _file;
    private readonly FileStream _stream;
    private readonly KernelImage _image;

    private KernelFile(string path, PosixFile file)
    {
        _path = path;
        _file = file;
        _stream = new FileStream(new SafeFileHandle(file.DangerousGetHandle(), ownsHandle: false), FileAccess.Read, bufferSize: 0);
        _image = KernelImage.Parse(_stream);
    }

    /// <summary>What kind of kernel it is.</summary>
    public KernelImageKind Kind => _image.Kind;

    /// <summary>Opens the file and reads its headers.</summary>
    /// <exception cref="Outcome.VmmException">It cannot be opened, or no guest can start from it.</exception>
    public static KernelFile Open(string path)
    {
        PosixFile file = HostFile.OpenContent(Option, path);
        try
        {
            return new KernelFile(path, file);
        }
        catch (KernelImageException e)
        {
            file.Dispose();
            throw new LayoutException($"{Option}: {path}: {e.Message}");
        }
    }

    /// <summary>Refuses what a firmware cannot start: it verifies the file's bytes where they lie and jumps to the first.</summary>
    /// <exception cref="LayoutException">The file is compressed or an ELF program.</exception>
    public void RequireRaw()
    {
        if (Kind != KernelImageKind.Image)
        {
            throw new LayoutException(
                $"{Option}: {_path} is {Describe(Kind)}; a firmware starts the file as it is, which must be an uncompressed arm64 Image");
        }
    }

    /// <summary>Where the kernel goes, where its headers say it all: an Image's do, anything else is unpacked first.</summary>
    /// <param name="config">Where the kernel goes, and how much memory there is.</param>
    /// <param name="ram">Guest RAM.</param>
    /// <returns>Null where <see cref="LoadInto"/> has to come first.</returns>
    /// <exception cref="LayoutException">It does not fit.</exception>
    public PlacedKernel? TryPlace(VmConfig config, AddressRange ram) => Kind == KernelImageKind.Image && _image.FileSize is { } size
        ? new PlacedKernel(AddressIn(config, ram), (ulong)Math.Max(size, _image.MemorySize), (ulong)size, (ulong)_image.EntryOffset)
        : null;

    /// <summary>Writes the kernel into RAM.</summary>
    /// <param name="config">Where the kernel goes, and how much memory there is.</param>
    /// <param name="ram">Guest RAM.</param>
    /// <param name="window">Gives the host's view of guest RAM from an address on, at most 2 GiB.</param>
    /// <exception cref="LayoutException">It does not fit, or the file is damaged.</exception>
    public PlacedKernel LoadInto(VmConfig config, AddressRange ram, RamWindow window)
    {
        try
        {
            ulong address = AddressIn(config, ram);
            LoadedKernel loaded = _image.WriteTo(window(address));
            return new PlacedKernel(address, (ulong)loaded.MemorySize, (ulong)loaded.FileSize, (ulong)_image.EntryOffset);
        }
        catch (KernelImageException e)
        {
            throw new LayoutException($"{Option}: {_path}: {e.Message}");
        }
    }

    private ulong AddressIn(VmConfig config, AddressRange ram)
    {
        ulong address = _image.LoadAddress(ram.Start, GuestLayout.PayloadBase(config));
        if (!ram.Contains(address, (ulong)_image.MemorySize))
        {
            ulong least = (address - ram.Start + (ulong)_image.MemorySize + (1 << 20) - 1) >> 20;
            throw new LayoutException($"--mem {config.MemoryMib}: too little memory, the kernel alone takes {least} MiB");
        }

        return address;
    }

    private static string Describe(KernelImageKind kind) => kind switch
    {
        KernelImageKind.CompressedImage => "compressed",
        KernelImageKind.EfiZboot => "an EFI zboot image",
        KernelImageKind.Elf => "an ELF program",
        _ => "an arm64 Image",
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream.Dispose();
        _file.Dispose();
    }
}
