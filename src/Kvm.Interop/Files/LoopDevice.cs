using System.Runtime.InteropServices;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Files;

/// <summary>A block device that is a part of a file or of another block device (loop(4)). It goes away with its last user, this descriptor included.</summary>
public sealed class LoopDevice : FileDescriptor
{
    private const string Control = "/dev/loop-control";

    // Another process may take the free device between the question and the answer's use.
    private const int Attempts = 64;

    private LoopDevice(int number, string path)
        : base(number, path)
    {
    }

    /// <summary>The device's path, <c>/dev/loopN</c>.</summary>
    public string Path => Name;

    /// <summary>Makes a device of a part of a file.</summary>
    /// <param name="backing">The file or block device; opened for writing too, if the loop device is to be written.</param>
    /// <param name="offset">Where the part begins, in bytes.</param>
    /// <param name="size">The part's length in bytes, a multiple of 512; 0 for all behind the offset.</param>
    /// <param name="readOnly">Whether nothing may be written.</param>
    /// <exception cref="LinuxException">There is no loop driver, no device left, or the kernel refused.</exception>
    public static LoopDevice Attach(FileDescriptor backing, ulong offset, ulong size, bool readOnly)
    {
        using PosixFile control = PosixFile.Open(Control, OpenFlags.O_RDWR);
        for (int attempt = 0; ; attempt++)
        {
            int index = Libc.Check(Libc.Ioctl(control, LoopConstants.LOOP_CTL_GET_FREE, 0), "LOOP_CTL_GET_FREE", control);
            string path = $"/dev/loop{index}";
            LoopDevice device = new(Libc.Check(Libc.Open(path, (int)(OpenFlags.O_RDWR | OpenFlags.O_CLOEXEC), 0), "open", path), path);
            if (device.Configure(backing, offset, size, readOnly) >= 0)
            {
                return device;
            }

            int error = Marshal.GetLastPInvokeError();
            device.Dispose();
            if (error != Errno.EBUSY || attempt == Attempts)
            {
                throw new LinuxException("LOOP_CONFIGURE", $"{path} of {backing.Name}", error);
            }
        }
    }

    private int Configure(FileDescriptor backing, ulong offset, ulong size, bool readOnly)
    {
        bool added = false;
        try
        {
            backing.DangerousAddRef(ref added);
            loop_config configuration = new() { fd = (uint)backing.Number };
            configuration.info.lo_offset = offset;
            configuration.info.lo_sizelimit = size;
            configuration.info.lo_flags = LoopConstants.LO_FLAGS_AUTOCLEAR | (readOnly ? LoopConstants.LO_FLAGS_READ_ONLY : 0);
            return Libc.Ioctl(this, LoopConstants.LOOP_CONFIGURE, ref configuration);
        }
        finally
        {
            if (added)
            {
                backing.DangerousRelease();
            }
        }
    }
}
