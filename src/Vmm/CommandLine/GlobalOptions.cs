using System.CommandLine;

namespace Vmm.CommandLine;

/// <summary>Options of every command. They may stand before the command, as crosvm has them, or after it.</summary>
internal sealed class GlobalOptions
{
    public Option<bool> ExtendedStatus { get; } = new("--extended-status")
    {
        Arity = ArgumentArity.Zero,
        Recursive = true,
        Description = """
            tell by the exit status how the guest ended: 0 stop, 32 reset,
            33 crash, 34 panic, 36 watchdog (without it 0 for all of them);
            1 error and 35 wrong command line are told always
            """,
    };

    public Option<string> LogLevel { get; } = new("--log-level")
    {
        Arity = ArgumentArity.ExactlyOne,
        Recursive = true,
        HelpName = "LEVELS",
        Description = """
            off, error, warn, info (default), debug or trace, and levels
            for parts of vmm: info,machine=debug
            """,
    };

    /// <summary>Both, as the help shows them.</summary>
    public OptionGroup Group => new("Options of every command", ExtendedStatus, LogLevel);
}
