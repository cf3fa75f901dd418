using System.Globalization;
using Vmm.Logging;

namespace Vmm.Machine;

/// <summary>The files by which tools attach to the .NET runtime of a process, which a process that is killed leaves in the temporary directory.</summary>
internal static class RuntimeDiagnostics
{
    /// <summary>
    /// Removes this process's. The runtime itself reads nothing but an environment variable, DOTNET_EnableDiagnostics: with 0 it makes no such files,
    /// with 1 they stay here.
    /// </summary>
    public static void RemoveFiles()
    {
        if (Environment.GetEnvironmentVariable("DOTNET_EnableDiagnostics") is not null)
        {
            return;
        }

        try
        {
            // Names of the runtime: dotnet-diagnostic-PID-START-socket, clr-debug-pipe-PID-START-in and -out.
            var own = string.Create(CultureInfo.InvariantCulture, $"-{Environment.ProcessId}-{ProcessAge.StartInJiffies(Environment.ProcessId)}-");
            foreach (var (prefix, suffix) in ((string, string)[])[("dotnet-diagnostic", "socket"), ("clr-debug-pipe", "in"), ("clr-debug-pipe", "out")])
            {
                File.Delete(Path.Combine(Path.GetTempPath(), prefix + own + suffix));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.Write(LogLevel.Debug, "vmm", $"cannot remove the runtime's diagnostic files: {e.Message}");
        }
    }
}
