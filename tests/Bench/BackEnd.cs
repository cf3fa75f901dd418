using System.Diagnostics;

namespace Bench;

/// <summary>A program that serves a device through a socket.</summary>
internal static class BackEnd
{
    /// <summary>Starts it and waits for its socket, five seconds at most.</summary>
    internal static Process Start(string socket, string program, IEnumerable<string> arguments)
    {
        File.Delete(socket);
        Process process = Process.Start(program, arguments);
        for (int i = 0; i < 100 && !File.Exists(socket); i++)
        {
            Thread.Sleep(50);
        }

        return process;
    }
}
