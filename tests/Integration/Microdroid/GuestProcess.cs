using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Integration.Hosts;

namespace Integration.Microdroid;

/// <summary>A <c>vm run-…</c> whose guest runs, or will have run.</summary>
internal sealed class GuestProcess : IAsyncDisposable
{
    // Several guests that start at once on an emulated host take minutes, which the service gives them too.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(300);

    private readonly Workspace _work;
    private readonly HostProcess _process;
    private readonly string _name;

    private GuestProcess(Workspace work, string name, HostProcess process)
    {
        _work = work;
        _name = name;
        _process = process;
    }

    /// <summary>Starts a guest.</summary>
    /// <param name="work">Where.</param>
    /// <param name="name">Its files' name: console and log are <c>$W/NAME.console</c> and <c>$W/NAME.log</c>.</param>
    /// <param name="arguments">Of <c>vm</c>.</param>
    /// <param name="before">What the shell does first.</param>
    public static GuestProcess Start(Workspace work, string name, string arguments, string before = "")
    {
        string outputs = arguments.Contains("--debug none", StringComparison.Ordinal) ? "" : $"--console $W/{name}.console --log $W/{name}.log";
        // One stream: what vm says stays in its order.
        HostProcess process = work.Start($"{before}\n{VmCommand.Setup} exec vm {arguments} {outputs} </dev/null 2>&1");
        process.CloseInput();
        return new GuestProcess(work, name, process);
    }

    /// <summary>Starts the payload of an APK with files of its own: <c>$W/INSTANCE.{img,idsig,img.id}</c>.</summary>
    public static GuestProcess StartApp(Workspace work, string instance, string apk, string arguments, string before = "") =>
        Start(work, instance, $"run-app {apk} $W/{instance}.idsig $W/{instance}.img {arguments}", before);

    /// <summary>What <c>vm</c> has printed.</summary>
    public string Output => _process.Output;

    /// <summary>Waits until the payload can serve.</summary>
    /// <returns>The guest's CID.</returns>
    public async Task<int> Ready()
    {
        await _process.Expect("payload is ready\n", timeout: s_timeout);
        return await Created();
    }

    /// <summary>Waits until the VM is there.</summary>
    /// <returns>Its CID.</returns>
    public async Task<int> Created()
    {
        await _process.Expect(", state is ", timeout: s_timeout);
        return int.Parse(Regex.Match(Output, "with CID ([0-9]+), state is ").Groups[1].Value, CultureInfo.InvariantCulture);
    }

    /// <summary>Waits for the end.</summary>
    public async Task<GuestEnd> End()
    {
        CommandResult vm = await _process.End(s_timeout);
        CommandResult log = await _work.Run($"cat $W/{_name}.log $W/{_name}.console 2>/dev/null");
        return new GuestEnd(vm, log.Output.Replace("\r", "", StringComparison.Ordinal));
    }

    /// <summary>The processes behind this VM.</summary>
    public async Task<GuestProcesses> Processes()
    {
        int cid = await Created();
        CommandResult list = (await _work.RunVm("vm list")).ShouldExitWith(0);
        string directory = Regex.Match(list.Output, $"cid: {cid},\n *temporaryDirectory: \"([^\"]+)\"").Groups[1].Value;
        using var record = JsonDocument.Parse((await _work.Run($"cat {directory}/vm.json")).ShouldExitWith(0).Output);
        int vmm = record.RootElement.EnumerateObject().Single(static member => member.Name.Equals("vmmPid", StringComparison.OrdinalIgnoreCase)).Value.GetInt32();
        string parent = (await _work.Run($"awk '/^PPid:/ {{ print $2 }}' /proc/{vmm}/status")).ShouldExitWith(0).Output;
        int vm = int.Parse(Regex.Match(list.Output, $"cid: {cid},(?:.*\n)+? *requesterPid: ([0-9]+),").Groups[1].Value, CultureInfo.InvariantCulture);
        return new GuestProcesses(vm, int.Parse(parent, CultureInfo.InvariantCulture), vmm, directory);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
