using System.Globalization;

namespace VirtualizationService;

/// <summary>The log of a service: lines on standard error, where systemd's journal or the client's terminal is.</summary>
public sealed class ServiceLog(TextWriter output)
{
    private readonly Lock _lock = new();

    /// <summary>Writes a line.</summary>
    public void Write(string line)
    {
        lock (_lock)
        {
            try
            {
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"virtmgr: {line.ReplaceLineEndings(" ")}"));
                output.Flush();
            }
            catch (IOException)
            {
                // Nobody reads it any more: the log is no reason to end.
            }
        }
    }
}
