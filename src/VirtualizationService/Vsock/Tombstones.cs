using System.Globalization;
using System.Text;
using Kvm.Interop;
using Kvm.Interop.Sockets;
using Virtualization.Binder;

namespace VirtualizationService.Vsock;

/// <summary>Takes the crash reports of a guest's processes: text up to the end of the stream, kept in the VM's directory, its first line in the log.</summary>
/// <remarks>The guest is not trusted: reports are bounded in number, size and time, and it has one connection at a time.</remarks>
internal sealed class Tombstones : IDisposable
{
    /// <summary>The host's port. Source: AVF, IVirtualMachineService.VM_TOMBSTONES_SERVICE_PORT.</summary>
    public const uint Port = Virtualization.Aidl.IVirtualMachineService.VmTombstonesServicePort;

    private const int MostReports = 16;
    private const int MostBytes = 1 << 20;
    private const int LongestLine = 200;
    private const int PollMilliseconds = 200;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly StreamListener _listener;
    private readonly SocketWait _wait;
    private readonly Func<StreamConnection, string?> _directoryOf;
    private readonly ServiceLog _log;
    private readonly Thread _thread;
    private volatile bool _isDisposed;

    /// <summary>Serves until it is disposed.</summary>
    /// <param name="listener">The host's port; this object's from here on.</param>
    /// <param name="directoryOf">The directory of the VM that a connection comes from; null where it may not report.</param>
    /// <param name="log">Takes a line for each report.</param>
    public Tombstones(StreamListener listener, Func<StreamConnection, string?> directoryOf, ServiceLog log)
    {
        _listener = listener;
        _wait = new SocketWait(listener);
        _directoryOf = directoryOf;
        _log = log;
        _thread = new Thread(Serve) { IsBackground = true, Name = "tombstones" };
        _thread.Start();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        _wait.Stop();
        _thread.Join();
        _wait.Dispose();
        _listener.Dispose();
    }

    private void Serve()
    {
        // The end of a VM waits for this thread, so a connection ends it no later than a poll, and otherwise it ends at once.
        while (_wait.Wait() && !_isDisposed)
        {
            try
            {
                if (_listener.TryAccept(out _) is { } connection)
                {
                    using (connection)
                    {
                        Take(connection);
                    }
                }
            }
            catch (Exception e) when (e is LinuxException or IOException or UnauthorizedAccessException)
            {
                _log.Write($"a crash report was lost: {e.Message}");
            }
        }
    }

    private void Take(StreamConnection connection)
    {
        if (_directoryOf(connection) is not { } directory)
        {
            return;
        }

        string report = Read(connection);
        int number = Enumerable.Range(0, MostReports).FirstOrDefault(n => !File.Exists(PathOf(directory, n)), -1);
        if (report.Length > 0 && number >= 0)
        {
            File.WriteAllText(PathOf(directory, number), report);
            string first = report.Split('\n').FirstOrDefault(static line => line.Trim(' ', '*').Length > 0, "");
            _log.Write($"crash report {PathOf(directory, number)}: {first[..Math.Min(first.Length, LongestLine)]}");
        }
    }

    private static string PathOf(string directory, int number) =>
        Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"tombstone-{number:00}.txt"));

    /// <summary>Text, in which nothing moves a terminal's cursor.</summary>
    private string Read(StreamConnection connection)
    {
        long end = Environment.TickCount64 + (long)s_patience.TotalMilliseconds;
        using MemoryStream bytes = new();
        byte[] buffer = new byte[4096];
        while (!_isDisposed && bytes.Length < MostBytes && Environment.TickCount64 < end)
        {
            if (!connection.WaitReadable(PollMilliseconds))
            {
                continue;
            }

            int count = connection.Read(buffer);
            if (count == 0)
            {
                break;
            }

            bytes.Write(buffer, 0, Math.Max(count, 0));
        }

        string text = Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)Math.Min(bytes.Length, MostBytes));
        return new string([.. text.Where(static c => !char.IsControl(c) || c is '\n' or '\t')]);
    }
}
