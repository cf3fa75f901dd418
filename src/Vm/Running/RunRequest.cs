using Virtualization.Aidl;

namespace Vm.Running;

/// <summary>A VM to run and what to say of it.</summary>
/// <param name="Config">What it is made of; the caller's.</param>
/// <param name="Source">What it comes from, for the user: the APK's or the configuration's path.</param>
/// <param name="DebugLevel">What is seen of it.</param>
internal sealed record RunRequest(VirtualMachineConfig Config, string Source, DebugLevel DebugLevel)
{
    /// <summary>The file that the console goes to; null for standard output.</summary>
    public string? Console { get; init; }

    /// <summary>The file that is typed on the console; null for standard input.</summary>
    public string? ConsoleIn { get; init; }

    /// <summary>The file that the log goes to; null for standard output.</summary>
    public string? Log { get; init; }

    /// <summary>The console has a terminal of its own.</summary>
    public bool ConnectConsole { get; init; }
}
