using BootLoader.Avb.Making;
using Vmm.Outcome;

namespace Vmm.CommandLine.Image;

/// <summary>Does what a command of <c>vmm image</c> does; each failure is one line that begins with the command.</summary>
internal static class ImageAction
{
    public static int Do(string command, Action action) => Do(command, () =>
    {
        action();
        return ExitCode.Stop;
    });

    public static int Do(string command, Func<ExitCode> action)
    {
        try
        {
            return (int)action();
        }
        catch (Exception failure) when (failure is AvbException or IOException or UnauthorizedAccessException)
        {
            throw new VmmException($"{command}: {failure.Message}", cause: failure);
        }
    }
}
