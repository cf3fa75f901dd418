using System.CommandLine;

namespace Vm.CommandLine;

/// <summary>Options of Android's <c>vm</c> that this one knows and cannot honour: better refused than ignored.</summary>
internal static class Unsupported
{
    /// <exception cref="UsageException">The option is given.</exception>
    public static void Refuse(ParseResult result, Option option, string why)
    {
        if (result.GetResult(option) is { Implicit: false })
        {
            throw new UsageException($"{option.Name} is not supported: {why}");
        }
    }
}
