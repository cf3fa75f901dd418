using System.Globalization;
using System.Runtime.InteropServices;
using Kvm.Interop.Files;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Glibc;

namespace Kvm.Interop.Processes;

/// <summary>A process that somebody else has started (pidfd_open(2)), named by its number and its beginning: a later one of the same number is not meant.</summary>
public sealed unsafe class RunningProcess : IDisposable
{
    private readonly FileDescriptor _descriptor;

    private RunningProcess(FileDescriptor descriptor) => _descriptor = descriptor;

    /// <summary>When a process began.</summary>
    /// <param name="id">Its number.</param>
    /// <returns>Field 22 of <c>/proc/PID/stat</c>, in jiffies since the host's start; null where there is no such process.</returns>
    public static long? StartOf(int id)
    {
        try
        {
            // The name, field 2, may hold anything but ends with the last parenthesis.
            string stat = File.ReadAllText($"/proc/{id}/stat");
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return long.Parse(fields[22 - 3], NumberStyles.None, CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Finds one.</summary>
    /// <param name="id">Its number.</param>
    /// <param name="start">As <see cref="StartOf"/> told.</param>
    /// <returns>Null when it has ended.</returns>
    public static RunningProcess? Find(int id, long start)
    {
        if (id <= 0)
        {
            return null;
        }

        int descriptor = Libc.pidfd_open(id, 0);
        if (descriptor < 0)
        {
            if (Marshal.GetLastPInvokeError() != Errno.ESRCH)
            {
                LinuxException.ThrowLast("pidfd_open", $"process {id}");
            }

            return null;
        }

        // The number is not given to another process while the descriptor is open and the process is not reaped, so what is read now is this one's.
        RunningProcess process = new(new FileDescriptor(descriptor, $"process {id}"));
        if (StartOf(id) == start)
        {
            return process;
        }

        process.Dispose();
        return null;
    }

    /// <summary>Ends it (SIGKILL); nothing happens when it has ended.</summary>
    /// <exception cref="LinuxException">EPERM: it is another user's.</exception>
    public void Kill()
    {
        if (Libc.pidfd_send_signal(_descriptor, LibcConstants.SIGKILL, null, 0) < 0 && Marshal.GetLastPInvokeError() != Errno.ESRCH)
        {
            LinuxException.ThrowLast("pidfd_send_signal", _descriptor.Name);
        }
    }

    /// <summary>Waits for its end, but not for ever.</summary>
    /// <param name="patience">How long.</param>
    /// <returns>False when it still runs.</returns>
    public bool WaitForEnd(TimeSpan patience) => _descriptor.WaitReadable((int)patience.TotalMilliseconds);

    /// <inheritdoc/>
    public void Dispose() => _descriptor.Dispose();
}
