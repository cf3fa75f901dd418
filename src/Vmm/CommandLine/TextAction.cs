using System.CommandLine;
using System.CommandLine.Invocation;

namespace Vmm.CommandLine;

/// <summary>What <c>--help</c> and <c>--version</c> do: print, whatever else the command line says.</summary>
/// <param name="write">Writes the text that belongs to a command.</param>
internal sealed class TextAction(Action<TextWriter, Command> write) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        write(parseResult.InvocationConfiguration.Output, parseResult.CommandResult.Command);
        return 0;
    }
}
