using System.CommandLine;
using System.Globalization;
using Vmm.CommandLine;

namespace Vm.CommandLine;

/// <summary>Options about the guest's system (AVF's MicrodroidConfig).</summary>
internal sealed class MicrodroidOptions
{
    /// <summary>AVF's: what an image has that nobody gave a size.</summary>
    public const long DefaultStorageBytes = 10 << 20;

    public Option<string> Storage { get; } = new("--storage")
    {
        HelpName = "FILE",
        Description = "the image of the encrypted storage; made where it is missing",
    };

    public Option<string> StorageSize { get; } = new("--storage-size")
    {
        HelpName = "BYTES",
        Description = "the size of a new one; 10485760 (10 MiB) by default",
    };

    public Option<string> Vendor { get; } = new("--vendor") { HelpName = "FILE", Hidden = true };

    public Option<string[]> Devices { get; } = new("--devices") { HelpName = "PATH", Arity = ArgumentArity.OneOrMore, Hidden = true };

    public Option<string> Gki { get; } = new("--gki") { HelpName = "VERSION", Hidden = true };

    public OptionGroup Group => new("Guest", Storage, StorageSize, Vendor, Devices, Gki);

    /// <exception cref="UsageException">The value is none.</exception>
    public long ReadStorageBytes(ParseResult result) => result.GetValue(StorageSize) is not { } text
        ? DefaultStorageBytes
        : result.GetValue(Storage) is null
            ? throw new UsageException("--storage-size needs --storage")
            : ReadBytes("--storage-size", text);

    /// <exception cref="UsageException">Something is asked for that this host does not have.</exception>
    public void Check(ParseResult result)
    {
        Unsupported.Refuse(result, Vendor, "this guest has no vendor partition");
        Unsupported.Refuse(result, Devices, "devices of the host cannot be given to a VM");
        Unsupported.Refuse(result, Gki, "there is one kernel, which the system is built with");
    }

    /// <exception cref="UsageException">The text is no positive number of bytes.</exception>
    public static long ReadBytes(string what, string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) && bytes > 0
            ? bytes
            : throw new UsageException($"{what}: '{text}' is no positive number of bytes");
}
