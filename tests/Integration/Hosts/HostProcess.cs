using System.Diagnostics;
using System.Text;

namespace Integration.Hosts;

/// <summary>A command that runs on the KVM host, with its input and output in the test's hands.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _command;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly Task _reading;
    private bool _isDisposed;

    internal HostProcess(ProcessStartInfo start, string command)
    {
        _command = command;
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        // A byte is a character, both ways.
        start.StandardInputEncoding = Encoding.Latin1;
        start.StandardOutputEncoding = Encoding.Latin1;
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} does not start");
        _reading = Task.WhenAll(Collect(_process.StandardOutput, _output), Collect(_process.StandardError, _error));
    }

    /// <summary>What the command has printed up to now.</summary>
    public string Output => Snapshot(_output);

    /// <summary>Sends text to the command's standard input; a character is a byte.</summary>
    public async Task Write(string text)
    {
        await _process.StandardInput.WriteAsync(text);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Ends the command's standard input.</summary>
    public void CloseInput() => _process.StandardInput.Close();

    /// <summary>Waits until the output, from <paramref name="from"/> on, holds a text.</summary>
    /// <returns>The place after it.</returns>
    public async Task<int> Expect(string text, int from = 0, TimeSpan? timeout = null)
    {
        var clock = Stopwatch.StartNew();
        TimeSpan limit = timeout ?? TimeSpan.FromSeconds(90);
        while (true)
        {
            string output = Output;
            int at = output.IndexOf(text, Math.Min(from, output.Length), StringComparison.Ordinal);
            if (at >= 0)
            {
                return at + text.Length;
            }

            bool more = !_reading.IsCompleted && clock.Elapsed < limit;
            Assert.True(more, $"'{text}' was not printed within {clock.Elapsed.TotalSeconds:f0} s\n$ {_command}\n{output}\n--- stderr\n{Snapshot(_error)}");
            await _arrived.WaitAsync(TimeSpan.FromMilliseconds(200));
        }
    }

    /// <summary>Waits for the command's end.</summary>
    public async Task<CommandResult> End(TimeSpan timeout)
    {
        using var limit = new CancellationTokenSource(timeout);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
            await _reading.WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"not ended within {timeout.TotalSeconds:f0} s\n$ {_command}\n{Output}\n--- stderr\n{Snapshot(_error)}");
        }

        return new CommandResult(_command, _process.ExitCode, Output, Snapshot(_error));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _arrived.Dispose();
    }

    private static string Snapshot(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }

    private async Task Collect(StreamReader from, StringBuilder to)
    {
        char[] buffer = new char[4096];
        int count;
        while ((count = await from.ReadAsync(buffer)) > 0)
        {
            lock (to)
            {
                to.Append(buffer, 0, count);
            }

            _arrived.Release();
        }
    }
}
