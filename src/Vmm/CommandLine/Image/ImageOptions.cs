using System.CommandLine;

namespace Vmm.CommandLine.Image;

/// <summary>Makes options of <c>vmm image</c>, which are spelled as avbtool's.</summary>
internal static class ImageOptions
{
    public static Option<string> Required(string name, string value, string description) =>
        new(name) { HelpName = value, Description = description, Required = true };

    public static Option<string?> Text(string name, string value, string description) => new(name) { HelpName = value, Description = description };

    public static Option<string[]> Repeated(string name, string value, string description) =>
        new(name) { HelpName = value, Description = description, Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false };

    public static Option<bool> Flag(string name, string description) => new(name) { Description = description, Arity = ArgumentArity.Zero };
}
