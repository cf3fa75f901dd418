using System.Diagnostics;

namespace Integration.Hosts;

/// <summary>An aarch64 Linux in QEMU with EL2 emulated, started and stopped by <c>scripts/host-vm</c>.</summary>
internal sealed class EmulatedHost : KvmHost
{
    private readonly string _state;

    private EmulatedHost(string state) => _state = state;

    /// <inheritdoc/>
    public override string Directory => "/disk/vmm";

    /// <inheritdoc/>
    public override bool IsEmulated => true;

    /// <inheritdoc/>
    public override string? OtherUser => "user";

    /// <summary>Boots it with what is tested on a disk.</summary>
    /// <param name="isProtected">Boot with <c>kvm-arm.mode=protected</c>.</param>
    public static async Task<EmulatedHost> Boot(bool isProtected)
    {
        string state = System.IO.Directory.CreateTempSubdirectory("vmm-test-host-").FullName;
        var host = new EmulatedHost(state);
        await Script(["start", "--state", state, "--disk", $"vmm={Artifacts.Disk}", .. isProtected ? ["--protected"] : Array.Empty<string>()]);
        return host;
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await Script(["stop", "--state", _state]);
        System.IO.Directory.Delete(_state, recursive: true);
    }

    /// <inheritdoc/>
    protected override ProcessStartInfo Describe(string shellLine) =>
        new(Artifacts.HostVmScript, ["ssh", "--state", _state, "--", shellLine]);

    /// <inheritdoc/>
    protected override ProcessStartInfo DescribeOnTerminal(string shellLine) =>
        new(Artifacts.HostVmScript, ["ssh", "--state", _state, "-t", "--", $"stty sane; {shellLine}"]);

    private static async Task Script(string[] arguments)
    {
        var start = new ProcessStartInfo(Artifacts.HostVmScript, arguments);
        await using var process = new HostProcess(start, $"host-vm {string.Join(' ', arguments)}");
        process.CloseInput();
        (await process.End(TimeSpan.FromMinutes(5))).ShouldExitWith(0);
    }
}
