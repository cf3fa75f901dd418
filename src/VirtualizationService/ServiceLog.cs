using System.Globalization;

namespace VirtualizationService;

/// <summary>The log of a service: lines on standard error, where systemd's journal or the client's terminal is.</summary>
/// <param name="output">Takes the lines.</param>
/// <param name="showsDetails">Whether <see cref="Detail"/> is written as well.</param>
public sealed class ServiceLog(TextWriter output, bool showsDetails = false)
{
    /// <summary>The variable that asks for details with the value <c>debug</c>.</summary>
    public const string Variable = "VMM_LOG";

    private readonly Lock _lock = new();

    /// <summary>Writes a line of what goes as it should: the client's terminal is for what the client says.</summary>
    public void Detail(string line)
    {
        if (showsDetails)
        {
            Write(line);
        }
    }

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
