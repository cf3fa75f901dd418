using System.Text;

namespace Microdroid.Debugging;

/// <summary>What the guest says of itself, to the host's log; nothing at all when it may not be looked into.</summary>
/// <param name="output">The log; null for none.</param>
internal sealed class GuestLog(Stream? output) : IDisposable
{
    /// <summary>The log's device: the third virtio console.</summary>
    public const string DefaultPath = "/dev/hvc2";

    /// <summary>The program that a line is of, unless said otherwise.</summary>
    public const string ManagerTag = "microdroid_manager";

    private const int LongestLine = 4000;

    private readonly Lock _writing = new();
    private Stream? _output = output;

    /// <summary>The log that goes nowhere.</summary>
    public static GuestLog None { get; } = new(null);

    /// <summary>Whether anybody reads it.</summary>
    public bool IsEnabled => _output is not null;

    /// <summary>Opens the host's log.</summary>
    /// <param name="isDebuggable">Whether the guest may be looked into.</param>
    /// <param name="path">The device.</param>
    public static GuestLog Open(bool isDebuggable, string path = DefaultPath)
    {
        try
        {
            return isDebuggable && File.Exists(path) ? new GuestLog(new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0)) : None;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return None; // The guest works without.
        }
    }

    /// <summary>Writes a line.</summary>
    /// <param name="message">The line; what is no text in it becomes blanks.</param>
    /// <param name="tag">The program that it is of.</param>
    public void Write(string message, string tag = ManagerTag)
    {
        if (_output is null)
        {
            return;
        }

        char[] line = message.ToCharArray(0, Math.Min(message.Length, LongestLine));
        for (int i = 0; i < line.Length; i++)
        {
            line[i] = char.IsControl(line[i]) && line[i] != '\t' ? ' ' : line[i];
        }

        byte[] bytes = Encoding.UTF8.GetBytes($"{tag}: {new string(line)}\n");
        lock (_writing)
        {
            try
            {
                _output?.Write(bytes);
            }
            catch (IOException)
            {
                _output = null; // The host took the log away; there is nobody to tell.
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _output?.Dispose();
}
