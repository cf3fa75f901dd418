using System.Text;
using Kvm.Interop;
using Kvm.Interop.Files;

namespace Microdroid.Debugging;

/// <summary>Writes what a program says to the log, line by line.</summary>
internal sealed class OutputLog
{
    private const int LongestLine = 4000;

    // A process that outlives the payload may keep the pipe open.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private readonly Thread _thread;

    private OutputLog(FileDescriptor reader, GuestLog log, string tag)
    {
        _thread = new Thread(() => Copy(reader, log, tag)) { IsBackground = true, Name = $"{tag} output" };
        _thread.Start();
    }

    /// <summary>Starts to copy.</summary>
    /// <param name="reader">The end of the program's pipe; closed at its end.</param>
    /// <param name="log">The log.</param>
    /// <param name="tag">The program's name in the log.</param>
    public static OutputLog Start(FileDescriptor reader, GuestLog log, string tag) => new(reader, log, tag);

    /// <summary>Waits until all was written that the program has said.</summary>
    public void WaitForEnd() => _thread.Join(s_patience);

    private static void Copy(FileDescriptor reader, GuestLog log, string tag)
    {
        using (reader)
        {
            byte[] buffer = new byte[LongestLine];
            int filled = 0;
            try
            {
                for (int read = reader.Read(buffer); read > 0; read = reader.Read(buffer.AsSpan(filled)))
                {
                    filled = WriteLines(buffer, filled + read, log, tag);
                }
            }
            catch (LinuxException)
            {
                // What could be read has been.
            }

            if (filled > 0)
            {
                log.Write(Encoding.UTF8.GetString(buffer, 0, filled), tag);
            }
        }
    }

    /// <summary>Writes whole lines, and a line that is too long in pieces; what is left moves to the buffer's beginning.</summary>
    private static int WriteLines(byte[] buffer, int filled, GuestLog log, string tag)
    {
        int start = 0;
        for (int end; (end = buffer.AsSpan(start, filled - start).IndexOf((byte)'\n')) >= 0; start += end + 1)
        {
            log.Write(Encoding.UTF8.GetString(buffer, start, end), tag);
        }

        if (start == 0 && filled == buffer.Length)
        {
            log.Write(Encoding.UTF8.GetString(buffer), tag);
            return 0;
        }

        buffer.AsSpan(start, filled - start).CopyTo(buffer);
        return filled - start;
    }
}
