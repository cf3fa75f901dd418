using Kvm.Interop.Native;

namespace Kvm.Interop.Files;

/// <summary>The device mapper's control device. What a request holds is its maker's matter.</summary>
public sealed class DeviceMapperControl : IDisposable
{
    /// <summary>Where the control device lies.</summary>
    public const string DefaultPath = "/dev/mapper/control";

    private readonly PosixFile _control;

    private DeviceMapperControl(PosixFile control) => _control = control;

    /// <summary>Opens the control device.</summary>
    /// <exception cref="LinuxException">The kernel has no device mapper (ENOENT, ENODEV), or the process may not.</exception>
    public static DeviceMapperControl Open() => new(PosixFile.Open(DefaultPath, OpenFlags.O_RDWR));

    /// <summary>Sends a request; the answer takes its place.</summary>
    /// <param name="request">The ioctl, one of the DM_ numbers of linux/dm-ioctl.h.</param>
    /// <param name="call">The ioctl's name, for errors.</param>
    /// <param name="name">The device's name, for errors.</param>
    /// <param name="data">struct dm_ioctl and what follows it; data_size says how much the kernel may read and write, and must not be more than this.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public unsafe void Send(uint request, string call, string name, Span<byte> data)
    {
        const int Header = 312, DataSize = 12;
        if (data.Length < Header || BitConverter.ToUInt32(data[DataSize..]) > (uint)data.Length)
        {
            throw new ArgumentException($"{call} on {name}: the request says that it is longer than the {data.Length} bytes it has", nameof(data));
        }

        // SAFETY: pinned for the call; data_size, which bounds what the kernel touches, was checked against the span.
        fixed (byte* pointer = data)
        {
            Libc.Check(Libc.Ioctl(_control, request, (nuint)pointer), call, name);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _control.Dispose();
}
