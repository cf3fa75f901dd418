using System.Runtime.InteropServices;
using BootLoader.Apex;
using BootLoader.Apk;
using BootLoader.Avb.Making;
using Kvm.Interop;
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
        catch (Exception failure) when (failure is AvbException or ApkException or ApexException)
        {
            throw new VmmException($"{command}: {failure.Message}", cause: failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new VmmException($"{command}: {Reason(failure)}", cause: failure);
        }
    }

    /// <summary>The kernel's words for a failure of a file: .NET's own are not in the program.</summary>
    public static string Reason(Exception failure) => failure switch
    {
        FileNotFoundException or DirectoryNotFoundException => Marshal.GetPInvokeErrorMessage(Errno.ENOENT),
        UnauthorizedAccessException => Marshal.GetPInvokeErrorMessage(Errno.EACCES),
        EndOfStreamException => "it is shorter than its own fields say",
        _ when failure.HResult is > 0 and < 4096 => Marshal.GetPInvokeErrorMessage(failure.HResult),
        _ => failure.Message,
    };
}
