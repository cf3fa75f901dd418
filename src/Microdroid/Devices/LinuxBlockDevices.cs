using System.Globalization;
using System.Text;
using BootLoader.DeviceMapper;
using Kvm.Interop.Files;
using Kvm.Interop.Memory;

namespace Microdroid.Devices;

/// <summary>Block devices of the kernel's loop driver and device mapper.</summary>
internal sealed class LinuxBlockDevices : IBlockDevices
{
    private const int SectorSize = 512;
    private const int RequestSize = 4096;

    // An encryption key stays in the kernel as dm-crypt needs it; the request with it is wiped here and there.
    private const uint Secret = DeviceMapperFormat.DM_SECURE_DATA_FLAG;

    /// <inheritdoc/>
    public ILoop AttachLoop(string device, long offset, long size)
    {
        using PosixFile backing = PosixFile.Open(device, OpenFlags.O_RDONLY);
        return new Loop(LoopDevice.Attach(backing, (ulong)offset, (ulong)size, readOnly: true));
    }

    /// <inheritdoc/>
    public string CreateVerity(VerityDevice device)
    {
        if (device.DataSize <= 0 || device.DataSize % VerityDevice.BlockSize != 0 || device.HashOffset % VerityDevice.BlockSize != 0)
        {
            throw new InvalidDataException(
                $"{device.Name}: {device.DataSize} bytes of data, and hashes from byte {device.HashOffset}, are not whole blocks of {VerityDevice.BlockSize}");
        }

        byte[] parameters = new byte[RequestSize];
        int length = DeviceMapperTable.WriteVerity(
            parameters,
            Encoding.UTF8.GetBytes(device.DataDevice),
            Encoding.UTF8.GetBytes(device.HashDevice),
            (ulong)(device.DataSize / VerityDevice.BlockSize),
            (ulong)(device.HashOffset / VerityDevice.BlockSize),
            device.RootDigest.Span,
            device.Salt.Span);
        return Create(device.Name, device.DataSize, DeviceMapperFormat.DM_READONLY_FLAG, DeviceMapperTable.Verity, parameters.AsSpan(0, length));
    }

    /// <inheritdoc/>
    public string CreateCrypt(string name, string device, long size, ReadOnlySpan<byte> key)
    {
        using LockedMemory parameters = new(RequestSize);
        int length = DeviceMapperTable.WriteCrypt(parameters.Span, "aes-hctr2-plain64"u8, key, Encoding.UTF8.GetBytes(device));
        return Create(name, size, Secret, DeviceMapperTable.Crypt, parameters.Span[..length]);
    }

    /// <inheritdoc/>
    public void Remove(string name)
    {
        using DeviceMapperControl control = DeviceMapperControl.Open();
        Remove(control, name);
    }

    private static string Create(string name, long size, uint flags, ReadOnlySpan<byte> type, ReadOnlySpan<byte> parameters)
    {
        using DeviceMapperControl control = DeviceMapperControl.Open();
        using LockedMemory request = new(RequestSize);
        byte[] deviceName = Encoding.UTF8.GetBytes(name);
        Require(DeviceMapperRequest.Format(request.Span, deviceName, flags), name);
        control.Send(DeviceMapperFormat.DM_DEV_CREATE, nameof(DeviceMapperFormat.DM_DEV_CREATE), name, request.Span);
        DeviceMapperRequest.ReadDevice(request.Span, out _, out uint minor);
        try
        {
            Require(DeviceMapperRequest.FormatTable(request.Span, deviceName, flags, (ulong)size / SectorSize, type, parameters), name);
            control.Send(DeviceMapperFormat.DM_TABLE_LOAD, nameof(DeviceMapperFormat.DM_TABLE_LOAD), name, request.Span);
            Require(DeviceMapperRequest.Format(request.Span, deviceName, flags & DeviceMapperFormat.DM_READONLY_FLAG), name);
            control.Send(DeviceMapperFormat.DM_DEV_SUSPEND, nameof(DeviceMapperFormat.DM_DEV_SUSPEND), name, request.Span);
        }
        catch
        {
            Remove(control, name);
            throw;
        }

        // Made by devtmpfs: with the device, or on newer kernels with its table.
        return string.Create(CultureInfo.InvariantCulture, $"/dev/dm-{minor}");
    }

    private static void Remove(DeviceMapperControl control, string name)
    {
        byte[] request = new byte[DeviceMapperFormat.HeaderSize];
        Require(DeviceMapperRequest.Format(request, Encoding.UTF8.GetBytes(name), 0), name);
        control.Send(DeviceMapperFormat.DM_DEV_REMOVE, nameof(DeviceMapperFormat.DM_DEV_REMOVE), name, request);
    }

    private static void Require(int length, string name)
    {
        if (length == 0)
        {
            throw new InvalidDataException($"no device-mapper device can be named '{name}', or its table is too long");
        }
    }

    private sealed class Loop(LoopDevice device) : ILoop
    {
        public string Path => device.Path;

        public void Dispose() => device.Dispose();
    }
}
