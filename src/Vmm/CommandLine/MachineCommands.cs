using Vmm.Configuration;
using Vmm.Outcome;

namespace Vmm.CommandLine;

/// <summary>What the machine does for the command line.</summary>
/// <param name="Run">Builds and runs the VM until it ends; returns how the guest ended, throws <see cref="VmmException"/> for everything else.</param>
public sealed record MachineCommands(Func<VmConfig, ExitCode> Run)
{
    /// <summary>Writes the machine that <c>run</c> would make; without it there is no command <c>explain</c>.</summary>
    public Action<VmConfig, TextWriter>? Explain { get; init; }
}
