using System.Diagnostics;

namespace Bench;

/// <summary>What a process prints, on both of its streams, each line with the moment at which it came.</summary>
internal sealed class TimedOutput
{
    private const int LinesOfMessages = 20;

    private readonly string _name;
    private readonly List<TimedLine> _lines = [];
    private int _open = 2;

    /// <summary>Reads from now on.</summary>
    /// <param name="name">The process, for messages.</param>
    /// <param name="process">Its streams are redirected.</param>
    internal TimedOutput(string name, Process process)
    {
        _name = name;
        Follow(process.StandardOutput);
        Follow(process.StandardError);
    }

    /// <summary>What has come.</summary>
    internal IReadOnlyList<TimedLine> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>Waits for a line.</summary>
    /// <exception cref="InvalidDataException">It does not come: the process ends, or the time is over.</exception>
    internal TimedLine WaitFor(string what, Predicate<string> isIt, TimeSpan patience)
    {
        long start = Stopwatch.GetTimestamp();
        int seen = 0;
        lock (_lines)
        {
            while (true)
            {
                for (; seen < _lines.Count; seen++)
                {
                    if (isIt(_lines[seen].Text))
                    {
                        return _lines[seen];
                    }
                }

                TimeSpan left = patience - Stopwatch.GetElapsedTime(start);
                if (_open == 0 || left <= TimeSpan.Zero)
                {
                    string why = _open == 0 ? "it ended before" : $"not within {patience.TotalSeconds:f0} s";
                    throw new InvalidDataException(
                        $"{_name} did not come to {what}: {why}; it said last:\n{string.Join('\n', _lines.TakeLast(LinesOfMessages).Select(static line => line.Text))}");
                }

                Monitor.Wait(_lines, left);
            }
        }
    }

    private void Follow(StreamReader reader) => new Thread(() =>
    {
        while (reader.ReadLine() is { } text)
        {
            Change(() => _lines.Add(new TimedLine(KernelTrace.Now, text)));
        }

        Change(() => _open--);
    })
    {
        IsBackground = true,
    }.Start();

    private void Change(Action action)
    {
        lock (_lines)
        {
            action();
            Monitor.PulseAll(_lines);
        }
    }
}
