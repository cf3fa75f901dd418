using Integration.Hosts;

namespace Integration.ProtectedVm;

/// <summary>The guest <c>secret</c>, running: it has filled sixteen pages with a word that stands in no file, and says on request whether they are intact.</summary>
internal sealed class SecretGuest : IAsyncDisposable
{
    /// <summary>Where the guest has its words (tests/Guests/secret.S).</summary>
    public const string Address = "80800000";

    private readonly Workspace _work;
    private readonly HostProcess _vm;
    private int _read;

    private SecretGuest(Workspace work, HostProcess vm, int pid)
    {
        _work = work;
        _vm = vm;
        Pid = pid;
    }

    /// <summary>The word in hexadecimal, computed as the guest computes it.</summary>
    public static string Word { get; } = unchecked(0x2f610b93UL * 0x1b873593cc9e2d51UL).ToString("x16", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The process of vmm.</summary>
    public int Pid { get; }

    /// <summary>Starts it and waits until the words are in its memory.</summary>
    public static Task<SecretGuest> Start(Workspace work, bool isProtected, string options = "") =>
        Start(work, $"{(isProtected ? "--protected-vm-without-firmware --swiotlb 0" : "")} {options}", "guests/secret.img");

    /// <summary>Starts it from another file, as the options say.</summary>
    public static async Task<SecretGuest> Start(Workspace work, string options, string kernel)
    {
        HostProcess vm = work.Start($"sh -c 'echo $$; exec ./vmm --extended-status --log-level error run --mem 32 {options} {kernel}'");
        int end = await vm.Expect("\n");
        var guest = new SecretGuest(work, vm, int.Parse(vm.Output.AsSpan(0, end - 1), System.Globalization.CultureInfo.InvariantCulture)) { _read = end };
        guest._read = await vm.Expect("ready\n", end);
        return guest;
    }

    /// <summary>Asks the guest to look at its words, and fails the test unless all are there.</summary>
    public async Task ShouldBeIntact()
    {
        await _vm.Write("c");
        _read = await _vm.Expect("intact\n", _read);
    }

    /// <summary>Waits for the end that the guest does not ask for.</summary>
    public Task<CommandResult> End() => _vm.End(TimeSpan.FromSeconds(30));

    /// <summary>Lets the guest power off.</summary>
    public async Task PowerOff()
    {
        await _vm.Write("q");
        (await _vm.End(TimeSpan.FromSeconds(30))).ShouldExitWith(0);
    }

    /// <summary>Kills the VMM as it is.</summary>
    public async Task Kill()
    {
        (await _work.Run($"kill -9 {Pid}")).ShouldExitWith(0);
        (await _vm.End(TimeSpan.FromSeconds(30))).ShouldExitWith(137);
    }

    /// <summary>Reads all guest memory from another process.</summary>
    /// <param name="way"><c>mem</c>: /proc/PID/mem; <c>readv</c>: process_vm_readv.</param>
    /// <param name="word">The word that is looked for; null: the guest's.</param>
    public async Task<MemoryScan> Scan(string way, string? word = null)
    {
        CommandResult scan = (await _work.Run($"./HostProbe scan {Pid} {word ?? Word} {way}")).ShouldExitWith(0);
        return MemoryScan.Parse(scan.Output);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _vm.DisposeAsync();
}
