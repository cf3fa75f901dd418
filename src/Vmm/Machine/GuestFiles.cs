using Kvm.Interop.Files;
using Vmm.CommandLine;
using Vmm.Configuration;
using Vmm.Firmware;
using Vmm.Logging;

namespace Vmm.Machine;

/// <summary>The files that a guest is started from, all opened before anything else is made, so that a wrong path costs nothing.</summary>
internal sealed class GuestFiles : IDisposable
{
    private const string InitrdOption = "--initrd";

    private readonly PosixFile? _initrd;

    private GuestFiles(VmConfig config)
    {
        Kernel = KernelFile.Open(config.KernelPath);
        try
        {
            _initrd = config.InitrdPath is { } path ? HostFile.OpenContent(InitrdOption, path) : null;
            Overlays = ReadOverlays(config);
            Firmware = FirmwareFile.Open(config, AppContext.BaseDirectory, static text => Log.Write(LogLevel.Warn, "firmware", $"{text}"));
            if (Firmware is not null)
            {
                Kernel.RequireRaw();
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The kernel.</summary>
    public KernelFile Kernel { get; }

    /// <summary>The firmware; null where none runs.</summary>
    public FirmwareFile? Firmware { get; }

    /// <summary>The initial RAM disk's bytes; null where there is none.</summary>
    public ulong? InitrdSize => _initrd is { } file ? (ulong)file.Length : null;

    /// <summary>The device tree overlays.</summary>
    public IReadOnlyList<(DeviceTreeOverlay Option, byte[] Blob)> Overlays { get; } = [];

    /// <summary>Opens them.</summary>
    /// <exception cref="Outcome.VmmException">One cannot be read; the message names the option.</exception>
    public static GuestFiles Open(VmConfig config) => new(config);

    /// <summary>Reads the initial RAM disk to its place.</summary>
    /// <exception cref="LayoutException">It became shorter since it was opened.</exception>
    public void LoadInitrd(AddressRange place, RamWindow window)
    {
        PosixFile file = _initrd!;
        ulong done = 0;
        while (done < place.Size)
        {
            Span<byte> rest = window(place.Start + done);
            rest = rest[..(int)Math.Min((ulong)rest.Length, place.Size - done)];
            int count = file.ReadAt(rest, (long)done);
            if (count == 0)
            {
                throw new LayoutException($"{InitrdOption}: {file.Name} became shorter while it was read, {done} of {place.Size} bytes");
            }

            done += (ulong)count;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _initrd?.Dispose();
        Kernel.Dispose();
    }

    private static List<(DeviceTreeOverlay Option, byte[] Blob)> ReadOverlays(VmConfig config)
    {
        List<(DeviceTreeOverlay Option, byte[] Blob)> overlays = [];
        foreach (DeviceTreeOverlay option in config.DeviceTreeOverlays)
        {
            overlays.Add((option, HostFile.ReadContent("--device-tree-overlay", option.Path, (int)Arm64Layout.FdtMaxSize)));
        }

        return overlays;
    }
}
