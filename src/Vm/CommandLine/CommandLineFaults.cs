using System.CommandLine;
using System.CommandLine.Parsing;
using Vmm.CommandLine;

namespace Vm.CommandLine;

/// <summary>Says in one line what is wrong with a command line: the first thing that a user would want to be told.</summary>
internal static class CommandLineFaults
{
    /// <exception cref="UsageException">The command line has a fault.</exception>
    public static void Refuse(ParseResult result)
    {
        Command command = result.CommandResult.Command;
        RefuseUnknown(StrayTokens(result), result);
        RefuseMissingOrRepeatedValues(result);
        if (result.UnmatchedTokens is [var extra, ..])
        {
            throw new UsageException($"'{extra}' is one argument too many for vm {command.Name}");
        }

        if (result.CommandResult == result.RootCommandResult)
        {
            throw new UsageException("no command given; vm --help lists them");
        }

        foreach (Argument argument in command.Arguments)
        {
            if (argument.Arity.MinimumNumberOfValues > (result.GetResult(argument)?.Tokens.Count ?? 0))
            {
                throw new UsageException($"vm {command.Name} needs {argument.Name}: {argument.Description}");
            }
        }

        if (result.Errors is [var error, ..])
        {
            throw new UsageException(error.Message);
        }
    }

    /// <summary>What stands where only a command or a path can: unknown options among them. After "--" everything is a path.</summary>
    private static List<string> StrayTokens(ParseResult result)
    {
        List<string> stray = [.. result.UnmatchedTokens];
        foreach (ArgumentResult argument in result.CommandResult.Children.OfType<ArgumentResult>())
        {
            stray.AddRange(argument.Tokens.Select(static token => token.Value));
        }

        int doubleDash = result.Tokens.TakeWhile(static token => token.Type != TokenType.DoubleDash).Count();
        foreach (Token path in result.Tokens.Skip(doubleDash + 1))
        {
            stray.Remove(path.Value);
        }

        return stray;
    }

    private static void RefuseUnknown(List<string> stray, ParseResult result)
    {
        Command command = result.CommandResult.Command;
        if (command.Subcommands.Count > 0 && stray is [var name, ..] && !IsOption(name))
        {
            string closest = ClosestName.Hint(name, command.Subcommands.Select(static sub => sub.Name));
            throw new UsageException($"unknown command '{name}'{(closest.Length > 0 ? closest : "; vm --help lists them")}");
        }

        if (stray.Find(IsOption) is { } option)
        {
            option = option.IndexOf('=') is >= 0 and int end ? option[..end] : option;
            throw new UsageException($"unknown option '{option}'{ClosestName.Hint(option, OptionNames(result))}");
        }
    }

    private static void RefuseMissingOrRepeatedValues(ParseResult result)
    {
        foreach (OptionResult option in result.CommandResult.Children.OfType<OptionResult>())
        {
            if (option.Implicit || option.Option.Arity.MaximumNumberOfValues == 0)
            {
                continue;
            }

            // The parser takes whatever follows; an option in the place of a value means that the value was forgotten.
            if (option.Tokens.Count < option.IdentifierTokenCount || option.Tokens.Any(token => OptionNames(result).Contains(token.Value)))
            {
                throw new UsageException($"{option.Option.Name} needs a value: {option.Option.HelpName}");
            }

            if (option.Option.Arity.MaximumNumberOfValues == 1 && option.IdentifierTokenCount > 1)
            {
                throw new UsageException($"{option.Option.Name} is given {option.IdentifierTokenCount} times; it takes one value");
            }
        }
    }

    private static IEnumerable<string> OptionNames(ParseResult result) =>
        result.CommandResult.Command.Options
            .Concat(result.RootCommandResult.Command.Options)
            .SelectMany(static option => option.Aliases.Append(option.Name));

    /// <summary>A lone "-" is a path by convention.</summary>
    private static bool IsOption(string token) => token.Length > 1 && token[0] == '-';
}
