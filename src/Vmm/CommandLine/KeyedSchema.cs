namespace Vmm.CommandLine;

/// <summary>The keys that a keyed option, or a list inside one, may have.</summary>
/// <param name="Keys">The keys that <c>vmm</c> gives a meaning to.</param>
internal sealed record KeyedSchema(params string[] Keys)
{
    /// <summary>The key that a first part without a key belongs to (<c>--cpus 4</c> is <c>--cpus num-cores=4</c>).</summary>
    public string? FirstKey { get; init; }

    /// <summary>Keys that crosvm has here and <c>vmm</c> has not: refused by name.</summary>
    public IReadOnlyList<string> NotYet { get; init; } = [];
}
