using System.CommandLine;
using Virtualization.Aidl;
using Vmm.CommandLine;

namespace Vm.CommandLine;

/// <summary>Options about what is seen of a VM (AVF's DebugConfig).</summary>
internal sealed class DebugOptions
{
    public Option<string> Debug { get; } = new("--debug")
    {
        HelpName = "none|full",
        Description = "full (default): console, log and a shell; none: nothing\nof the guest is seen",
    };

    public Option<string> Console { get; } = new("--console")
    {
        HelpName = "FILE",
        Description = "where the guest's console goes; standard output by default",
    };

    public Option<string> ConsoleIn { get; } = new("--console-in")
    {
        HelpName = "FILE",
        Description = "what is typed on it; standard input by default",
    };

    public Option<bool> ConnectConsole { get; } = new("--connect-console")
    {
        Arity = ArgumentArity.Zero,
        Description = "give the console a terminal, which vm console opens",
    };

    public Option<string> Log { get; } = new("--log")
    {
        HelpName = "FILE",
        Description = "where the guest's log goes; standard output by default",
    };

    public Option<string> Gdb { get; } = new("--gdb") { HelpName = "PORT", Hidden = true };

    public Option<bool> Earlycon { get; } = new("--enable-earlycon")
    {
        Arity = ArgumentArity.Zero,
        Description = "kernel messages from the first on; needs --debug full",
    };

    public OptionGroup Group => new("Debugging", Debug, Console, ConsoleIn, ConnectConsole, Log, Gdb, Earlycon);

    /// <exception cref="UsageException">The value is none, or needs another.</exception>
    public DebugLevel ReadLevel(ParseResult result)
    {
        DebugLevel level = result.GetValue(Debug) switch
        {
            null or "full" => DebugLevel.Full,
            "none" => DebugLevel.None,
            { } text => throw new UsageException($"--debug: '{text}' is neither none nor full{ClosestName.Hint(text, ["none", "full"])}"),
        };
        Option? needsFull = level == DebugLevel.Full ? null
            : new Option[] { Earlycon, ConnectConsole }.FirstOrDefault(option => result.GetResult(option) is { Implicit: false });
        if (needsFull is not null)
        {
            throw new UsageException($"{needsFull.Name} needs --debug full");
        }

        if (result.GetValue(ConnectConsole) && (result.GetValue(Console) ?? result.GetValue(ConsoleIn)) is not null)
        {
            throw new UsageException("--connect-console gives the console a terminal; --console and --console-in give it files");
        }

        return level;
    }

    /// <exception cref="UsageException">Something is asked for that this host does not have.</exception>
    public void Check(ParseResult result) => Unsupported.Refuse(result, Gdb, "the VMM has no debugger's port");
}
