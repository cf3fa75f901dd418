using System.CommandLine;

namespace Vmm.CommandLine;

/// <summary>Options that the help shows together.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Options">The options, in the order of the help.</param>
internal sealed record OptionGroup(string Title, params Option[] Options);
