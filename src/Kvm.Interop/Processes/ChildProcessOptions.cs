using Kvm.Interop.Files;

namespace Kvm.Interop.Processes;

/// <summary>What a child process is started with.</summary>
/// <param name="Program">The program's path; PATH is not searched.</param>
/// <param name="Arguments">What follows the program's name.</param>
public sealed record ChildProcessOptions(string Program, IReadOnlyList<string> Arguments)
{
    /// <summary>The descriptors it gets besides the first three; everything else is closed in it.</summary>
    public IReadOnlyList<ChildDescriptor> Descriptors { get; init; } = [];

    /// <summary>Its standard input; null for /dev/null.</summary>
    public FileDescriptor? StandardInput { get; init; }

    /// <summary>Its standard output; null for /dev/null.</summary>
    public FileDescriptor? StandardOutput { get; init; }

    /// <summary>Its standard error; null for /dev/null.</summary>
    public FileDescriptor? StandardError { get; init; }

    /// <summary>Where it runs; null for where this process does.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Its environment; null for this process's.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>
    /// Whether it leads a process group of its own: a terminal's Ctrl-C does not reach it, and <see cref="ChildProcess.Kill"/> and the end of this
    /// process reach what it has started itself.
    /// </summary>
    public bool OwnProcessGroup { get; init; }

    /// <summary>Whether the kernel kills it when this process ends, however that comes about.</summary>
    public bool DiesWithParent { get; init; }
}
