using System.Globalization;
using System.Text;
using Kvm.Interop.Files;
using Kvm.Interop.Processes;
using Microdroid.Debugging;

namespace Microdroid.Payload;

/// <summary>Processes of the guest.</summary>
/// <param name="log">Where the payload's output goes; nowhere when it is not enabled.</param>
/// <param name="procDirectory">Where the kernel shows processes.</param>
internal sealed class LinuxProcesses(GuestLog log, string procDirectory = "/proc") : IProcesses
{
    private const int LongestErrors = 4000;

    // A program that starts others faster than they are ended would otherwise keep the guest from ending.
    private const int Rounds = 100;

    /// <inheritdoc/>
    public (ChildExit Exit, string Errors) Run(string program, IReadOnlyList<string> arguments)
    {
        using Pipe errors = Pipe.Create("standard error");
        using ChildProcess child = ChildProcess.Start(new ChildProcessOptions(program, arguments)
        {
            StandardError = errors.Writer,
            Environment = LauncherArguments.Environment,
            WorkingDirectory = "/",
        });
        errors.Writer.Dispose();
        var text = new StringBuilder();
        byte[] buffer = new byte[1024];
        for (int read = errors.Reader.Read(buffer); read > 0; read = errors.Reader.Read(buffer))
        {
            if (text.Length < LongestErrors)
            {
                text.Append(Encoding.UTF8.GetString(buffer, 0, read));
            }
        }

        return (child.Wait(), text.ToString().Trim());
    }

    /// <inheritdoc/>
    public IPayloadProcess StartPayload(PayloadCommand command)
    {
        Pipe? output = log.IsEnabled ? Pipe.Create("the payload's output") : null;
        try
        {
            ChildProcess child = ChildProcess.Start(new ChildProcessOptions(LauncherArguments.Program, LauncherArguments.Of(command))
            {
                StandardOutput = output?.Writer,
                StandardError = output?.Writer,
                Environment = LauncherArguments.Environment,
                WorkingDirectory = "/",
                OwnProcessGroup = true,
            });
            output?.Writer.Dispose();
            return new PayloadProcess(child, output is { } pipe ? OutputLog.Start(pipe.Reader, log, "payload") : null);
        }
        catch
        {
            output?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void EndPayload()
    {
        for (int round = 0; round < Rounds; round++)
        {
            int[] left = [.. Running()];
            if (left.Length == 0)
            {
                return;
            }

            foreach (int id in left)
            {
                ProcessSignal.Kill(id);
            }

            Thread.Sleep(1); // They end in their own time, and PID 1 buries them.
        }
    }

    /// <summary>The processes of the payload's user that are no corpses.</summary>
    private IEnumerable<int> Running()
    {
        foreach (string directory in Directory.EnumerateDirectories(procDirectory))
        {
            if (!int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out int id))
            {
                continue;
            }

            string[] lines;
            try
            {
                lines = File.ReadAllLines(Path.Combine(directory, "status"));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue; // It has just ended.
            }

            bool isPayload = lines.Any(line => line.StartsWith($"Uid:\t{PayloadUser.Uid}\t", StringComparison.Ordinal));
            if (isPayload && !lines.Any(line => line.StartsWith("State:\tZ", StringComparison.Ordinal)))
            {
                yield return id;
            }
        }
    }

    private sealed class PayloadProcess(ChildProcess child, OutputLog? output) : IPayloadProcess
    {
        public int Id => child.Id;

        public ChildExit Wait()
        {
            ChildExit exit = child.Wait();
            output?.WaitForEnd();
            return exit;
        }

        public void Dispose() => child.Dispose();
    }
}
