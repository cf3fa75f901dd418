using System.Globalization;

namespace Integration.Hosts;

/// <summary>A test's place on a KVM host: a folder of its own (<c>$W</c>), and a mark on every process that it starts, so that none is overlooked.</summary>
internal sealed class Workspace(KvmHost host) : IAsyncDisposable
{
    /// <summary>How long a command may take before the test fails. A kernel boots in seconds even under emulation; a stuck one never does.</summary>
    private static readonly TimeSpan s_defaultTimeout = TimeSpan.FromSeconds(180);

    private readonly string _mark = Guid.NewGuid().ToString("n");

    /// <summary>The host.</summary>
    public KvmHost Host => host;

    /// <summary>The folder there; commands find it as <c>$W</c>.</summary>
    public string Path => $"/tmp/vmm-test-{_mark}";

    /// <summary>Runs a shell line to its end. It finds <c>$W</c>, the folder, and <c>$LINUX</c>, the oldest of the Debian kernels.</summary>
    public async Task<CommandResult> Run(string command, string? input = null, TimeSpan? timeout = null)
    {
        await using HostProcess process = Start(command);
        if (input is not null)
        {
            await process.Write(input);
        }

        process.CloseInput();
        return await process.End(timeout ?? s_defaultTimeout);
    }

    /// <summary>Writes a file into the folder.</summary>
    public async Task Put(string name, byte[] content) =>
        (await Run($"cat >$W/{name}", System.Text.Encoding.Latin1.GetString(content))).ShouldExitWith(0);

    /// <summary>Starts a shell line whose input and output the test holds.</summary>
    public HostProcess Start(string command) => host.Start(Prepare(command));

    /// <summary>Starts a shell line on a terminal.</summary>
    public HostProcess StartOnTerminal(string command) => host.StartOnTerminal(Prepare(command));

    /// <summary>The processes that commands of this test have started and that still run.</summary>
    public async Task<IReadOnlyList<int>> Processes()
    {
        await using HostProcess process = host.Start($"grep -ls VMM_TEST={_mark} /proc/[0-9]*/environ | cut -d/ -f3");
        process.CloseInput();
        CommandResult result = await process.End(s_defaultTimeout);
        return [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => int.Parse(line, CultureInfo.InvariantCulture))];
    }

    /// <summary>Fails the test that left a process running.</summary>
    public async ValueTask DisposeAsync()
    {
        IReadOnlyList<int> left = await Processes();
        string names = "";
        if (left.Count > 0)
        {
            string pids = string.Join(' ', left);
            names = (await Run($"for p in {pids}; do tr '\\0' ' ' </proc/$p/cmdline; echo; done; kill -9 {pids}")).Output;
        }

        await using HostProcess removal = host.Start($"rm -rf {Path}");
        removal.CloseInput();
        await removal.End(s_defaultTimeout);
        Assert.True(left.Count == 0, $"the test left processes: {names}");
    }

    private string Prepare(string command) =>
        $"export VMM_TEST={_mark} W={Path} LINUX=guest/kernels/linux-{Artifacts.Kernels[0]}; mkdir -p $W && cd {host.Directory} && {{ {command}\n}}; exit $?";
}
