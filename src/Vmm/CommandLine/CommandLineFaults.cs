using System.CommandLine;
using System.CommandLine.Parsing;
using Vmm.Outcome;

namespace Vmm.CommandLine;

/// <summary>Says in one line what is wrong with a command line: the first thing that a user would want to be told.</summary>
internal static class CommandLineFaults
{
    /// <exception cref="InvalidOptionException">The command line has a fault.</exception>
    public static void Refuse(ParseResult result)
    {
        RefuseUnknown(StrayTokens(result), result);
        RefuseMissingOrRepeatedValues(result.RootCommandResult, result);
        RefuseMissingOrRepeatedValues(result.CommandResult, result);

        if (result.UnmatchedTokens is [var extra, ..])
        {
            throw new InvalidOptionException($"'{extra}' is one argument too many for {HelpText.Path(result.CommandResult.Command)}");
        }

        if (result.CommandResult == result.RootCommandResult)
        {
            throw new InvalidOptionException("no command given; vmm --help lists them");
        }

        if (result.CommandResult.Command.Subcommands.Count > 0 && result.CommandResult.Command.Action is null)
        {
            string group = HelpText.Path(result.CommandResult.Command);
            throw new InvalidOptionException($"{group} needs a command; {group} --help lists them");
        }

        RefuseMissingArguments(result);
        RefuseMissingOptions(result);
        if (result.Errors is [var error, ..])
        {
            throw new InvalidOptionException(error.Message);
        }
    }

    /// <summary>What stands where only a command or a path can: unknown options among them.</summary>
    private static List<string> StrayTokens(ParseResult result)
    {
        var stray = new List<string>(result.UnmatchedTokens);
        foreach (var argument in result.CommandResult.Children.OfType<ArgumentResult>())
        {
            stray.AddRange(argument.Tokens.Select(static token => token.Value));
        }

        // After "--" everything is a path, whatever it begins with.
        var doubleDash = result.Tokens.TakeWhile(static token => token.Type != TokenType.DoubleDash).Count();
        foreach (var path in result.Tokens.Skip(doubleDash + 1))
        {
            stray.Remove(path.Value);
        }

        return stray;
    }

    private static void RefuseUnknown(List<string> stray, ParseResult result)
    {
        if (result.CommandResult.Command.Subcommands.Count > 0 && stray is [var command, ..] && !IsOption(command))
        {
            throw UnknownCommand(command, result.CommandResult.Command, result.RootCommandResult.Command);
        }

        var unknown = stray.Where(IsOption).Select(OptionName).ToList();
        var ofCrosvm = unknown.Where(CrosvmOptions.NotYet.Contains).Distinct().ToList();
        if (ofCrosvm.Count > 0)
        {
            throw new InvalidOptionException(
                ofCrosvm.Count == 1
                    ? $"{ofCrosvm[0]} is an option of crosvm that vmm does not have yet"
                    : $"{string.Join(", ", ofCrosvm[..^1])} and {ofCrosvm[^1]} are options of crosvm that vmm does not have yet");
        }

        if (unknown.Count > 0)
        {
            string[] known = [.. OptionNames(result)];
            throw new InvalidOptionException(known.Contains(unknown[0])
                ? $"{unknown[0]} is an option of {HelpText.Path(result.CommandResult.Command)}: it comes behind that"
                : $"unknown option '{unknown[0]}'{ClosestName.Hint(unknown[0], known)}");
        }
    }

    private static InvalidOptionException UnknownCommand(string command, Command group, Command root)
    {
        if (group == root && CrosvmCommands.NotYet.Contains(command))
        {
            return new InvalidOptionException($"{command} is a command of crosvm that vmm does not have yet");
        }

        var closest = ClosestName.Hint(command, group.Subcommands.Select(static sub => sub.Name));
        string path = group == root ? "vmm" : HelpText.Path(group);
        return new InvalidOptionException($"unknown command '{command}'{(closest.Length > 0 ? closest : $"; {path} --help lists them")}");
    }

    private static void RefuseMissingArguments(ParseResult result)
    {
        foreach (var argument in result.CommandResult.Command.Arguments)
        {
            if (argument.Arity.MinimumNumberOfValues > (result.GetResult(argument)?.Tokens.Count ?? 0))
            {
                throw new InvalidOptionException($"{HelpText.Path(result.CommandResult.Command)} needs {argument.Name}: {argument.Description}");
            }
        }
    }

    private static void RefuseMissingOptions(ParseResult result)
    {
        foreach (var option in result.CommandResult.Command.Options)
        {
            if (option.Required && result.GetResult(option) is null or { Implicit: true })
            {
                throw new InvalidOptionException($"{HelpText.Path(result.CommandResult.Command)} needs {option.Name} {option.HelpName}: {option.Description}");
            }
        }
    }

    private static void RefuseMissingOrRepeatedValues(CommandResult command, ParseResult result)
    {
        foreach (var option in command.Children.OfType<OptionResult>())
        {
            if (option.Implicit || option.Option.Arity.MaximumNumberOfValues == 0)
            {
                continue;
            }

            // The parser takes whatever follows; an option in the place of a value means that the value was forgotten.
            if (option.Tokens.Count < option.IdentifierTokenCount || option.Tokens.Any(token => OptionNames(result).Contains(token.Value)))
            {
                throw new InvalidOptionException($"{option.Option.Name} needs a value: {option.Option.HelpName}");
            }

            if (option.Option.Arity.MaximumNumberOfValues == 1 && option.IdentifierTokenCount > 1)
            {
                throw new InvalidOptionException($"{option.Option.Name} is given {option.IdentifierTokenCount} times; it takes one value");
            }
        }
    }

    private static IEnumerable<string> OptionNames(ParseResult result) =>
        result.CommandResult.Command.Options
            .Concat(result.RootCommandResult.Command.Options)
            .SelectMany(static option => option.Aliases.Append(option.Name));

    /// <summary>A lone "-" is a path by convention.</summary>
    private static bool IsOption(string token) => token.Length > 1 && token[0] == '-';

    private static string OptionName(string token) => token.IndexOf('=') is >= 0 and var end ? token[..end] : token;
}
