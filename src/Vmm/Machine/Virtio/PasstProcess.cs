using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Kvm.Interop.Sockets;
using Vmm.Logging;
using Vmm.Outcome;

namespace Vmm.Machine.Virtio;

/// <summary>A passt of this VM's own. It ends when its connection does, so also when this process is killed.</summary>
/// <param name="option">The option, for messages.</param>
/// <param name="tcpPorts">What to forward, or null for nothing.</param>
/// <param name="udpPorts">What to forward, or null for nothing.</param>
internal sealed class PasstProcess(string option, string? tcpPorts, string? udpPorts) : IDisposable
{
    private const string Program = "passt";
    private const string LogPart = "passt";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private Process? _process;

    /// <summary>Starts it, anew if there was one before.</summary>
    /// <returns>The VMM's side of its connection.</returns>
    /// <exception cref="VmmException">It cannot be started.</exception>
    public StreamSocket Start()
    {
        End();
        (StreamSocket ours, StreamSocket theirs) = StreamSocket.CreatePair();
        using (theirs)
        {
            try
            {
                theirs.SetInheritable(true);
                _process = Run(theirs);
            }
            catch (Win32Exception e)
            {
                ours.Dispose();
                throw new VmmException($"{option}: cannot start {Program}: {e.Message}; install passt (Debian: apt install passt)", cause: e);
            }
        }

        return ours;
    }

    /// <inheritdoc/>
    public void Dispose() => End();

    private Process Run(StreamSocket socket)
    {
        // All three streams are taken from it: it is not to change the terminal, which it would share.
        var start = new ProcessStartInfo(Program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // A name for the descriptor that is good in the child: under the same number.
        string[] arguments =
        [
            "--foreground", "--quiet", "--vhost-user", "--fd", socket.DangerousGetHandle().ToString(CultureInfo.InvariantCulture),
            "--tcp-ports", tcpPorts ?? "none", "--udp-ports", udpPorts ?? "none",
        ];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var process = new Process { StartInfo = start };
        process.ErrorDataReceived += static (_, line) => Report(line.Data);
        process.OutputDataReceived += static (_, line) => Report(line.Data);
        try
        {
            process.Start();
        }
        catch
        {
            process.Dispose();
            throw;
        }

        process.StandardInput.Close();
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return process;
    }

    private static void Report(string? line)
    {
        if (!string.IsNullOrWhiteSpace(line))
        {
            Log.Write(LogLevel.Warn, LogPart, $"{line}");
        }
    }

    private void End()
    {
        if (_process is not { } process)
        {
            return;
        }

        _process = null;
        // It has noticed that the connection is closed, or does not deserve to be waited for.
        if (!process.WaitForExit(s_patience))
        {
            process.Kill();
        }

        // Without a time this waits for its last words too.
        process.WaitForExit();
        process.Dispose();
    }
}
