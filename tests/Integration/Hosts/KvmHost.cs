using System.Diagnostics;

namespace Integration.Hosts;

/// <summary>An ARM64 Linux with <c>/dev/kvm</c> on which tests run commands.</summary>
/// <remarks>Commands are lines for <c>sh</c>; <see cref="Directory"/> holds vmm, HostProbe, guests and kernels.</remarks>
internal abstract class KvmHost : IAsyncDisposable
{
    /// <summary>How long a command may take before the test fails. A kernel boots in seconds even under emulation; a stuck one never does.</summary>
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(150);

    /// <summary>The folder of the things under test, on that host.</summary>
    public abstract string Directory { get; }

    /// <summary>Runs a command to its end.</summary>
    public async Task<CommandResult> Run(string command, string? input = null, TimeSpan? timeout = null)
    {
        await using HostProcess process = Start(command);
        if (input is not null)
        {
            await process.Write(input);
        }

        process.CloseInput();
        return await process.End(timeout ?? DefaultTimeout);
    }

    /// <summary>Starts a command whose input and output the test holds.</summary>
    public HostProcess Start(string command) => new(Describe($"cd {Directory} && {command}"), command);

    /// <summary>How this machine starts a shell line on the KVM host.</summary>
    protected abstract ProcessStartInfo Describe(string shellLine);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
