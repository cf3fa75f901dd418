using System.Text;
using Virtualization;
using Virtualization.Binder;

namespace VmClient;

/// <summary>A VM's life by the VM API. What it prints is compared with what <c>vm</c> says; at <c>look</c> it waits for a line, while somebody looks.</summary>
/// <param name="directory">Where VMs are kept.</param>
/// <param name="apk">samples/c-payload as an APK.</param>
internal sealed class VmLife(string directory, string apk) : IDisposable
{
    private const uint Port = 5678;
    private static readonly byte[] s_identifier = "life"u8.ToArray();
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly CancellationTokenSource _limit = new(s_patience);

    /// <summary>Lives it.</summary>
    public async Task Run()
    {
        await using VirtualMachineManager manager = new(new VirtualMachineManagerOptions { DataDirectory = directory });
        Console.WriteLine($"capabilities {VirtualMachineManager.GetCapabilities()}");
        Console.WriteLine($"systems {string.Join(' ', await manager.GetSupportedOSListAsync(_limit.Token))}");
        VirtualMachine vm = await manager.CreateAsync("one", Config(256), _limit.Token);
        await Refused("create again", () => manager.CreateAsync("one", Config(256), _limit.Token));
        await GiveUp(manager, vm);
        byte[] secret = await RunOnce(manager, vm);
        await MoveAndRunAgain(manager, vm, secret);
    }

    /// <inheritdoc/>
    public void Dispose() => _limit.Dispose();

    private VirtualMachineConfig Config(int memoryMib) => new VirtualMachineConfig.Builder()
        .SetApkPath(apk)
        .SetPayloadBinaryName("c-payload.so")
        .SetProtectedVm(false)
        .SetMemoryBytes((long)memoryMib << 20)
        .SetEncryptedStorageBytes(16 << 20)
        .SetDebugLevel(DebugLevel.Full)
        .SetVmOutputCaptured(true)
        .Build();

    /// <summary>A start that is cancelled leaves no VM.</summary>
    private async Task GiveUp(VirtualMachineManager manager, VirtualMachine vm)
    {
        foreach (int milliseconds in (int[])[0, 50, 300])
        {
            using CancellationTokenSource soon = new(milliseconds);
            try
            {
                await vm.RunAsync(soon.Token);
                await vm.WaitForStateAsync(VirtualMachineState.Ready, soon.Token);
                Console.WriteLine("was not cancelled");
            }
            catch (OperationCanceledException)
            {
                await vm.StopAsync(_limit.Token);
            }
        }

        int running = await CountRunning(manager);
        // The service takes a VM back in its own time when its last reference is gone.
        for (int attempt = 0; running > 0 && attempt < 50; attempt++)
        {
            await Task.Delay(100, _limit.Token);
            running = await CountRunning(manager);
        }

        Console.WriteLine($"cancelled: {vm.Status}, {running} running");
    }

    private async Task<int> CountRunning(VirtualMachineManager manager) =>
        (await manager.ListRunningAsync(_limit.Token)).Count(static other => other.RequesterPid == Environment.ProcessId);

    private async Task<byte[]> RunOnce(VirtualMachineManager manager, VirtualMachine vm)
    {
        Console.WriteLine("first run");
        vm.SetCallback(new Printer());
        await vm.RunAsync(_limit.Token);
        await vm.WaitForStateAsync(VirtualMachineState.Ready, _limit.Token);
        Task<string> log = new StreamReader(vm.GetLogOutput()).ReadToEndAsync(_limit.Token);
        var listed = (await manager.ListRunningAsync(_limit.Token)).Single(other => other.Cid == vm.Cid);
        Console.WriteLine($"look: cid {vm.Cid}, directory {listed.TemporaryDirectory}, uid {listed.RequesterUid}, pid {listed.RequesterPid}, {vm.State}, {vm.Status}");
        await Console.In.ReadLineAsync(_limit.Token);

        await Refused("run again", () => vm.RunAsync(_limit.Token));
        await Refused("export", () => Task.Run(vm.ToDescriptor));
        await Refused("configure", () => Task.Run(() => vm.SetConfig(Config(300))));
        await Refused("delete", () => manager.DeleteAsync("one", _limit.Token));
        Payload payload = await Connect(vm);
        byte[] secret = payload.Secret(s_identifier);
        payload.WriteFile("kept", "as it was"u8.ToArray());
        await Refused("closed port", () => vm.ConnectVsockAsync(9, _limit.Token));
        await vm.StopAsync(_limit.Token);
        Console.WriteLine($"stopped: {await vm.WaitForStopAsync(_limit.Token)}, {vm.State}, {vm.Status}");
        Console.WriteLine($"log {((await log).Contains("a payload in C runs", StringComparison.Ordinal) ? "captured" : "without the payload's line")}");
        return secret;
    }

    private async Task MoveAndRunAgain(VirtualMachineManager manager, VirtualMachine vm, byte[] secret)
    {
        vm.SetConfig(Config(272));
        VirtualMachineDescriptor descriptor = vm.ToDescriptor();
        Console.WriteLine($"exported: {vm.Status}, {(manager.Get("one") is null ? "gone" : "still there")}");
        VirtualMachine moved = await manager.ImportFromDescriptorAsync("two", descriptor, _limit.Token);
        await Refused("import again", () => manager.ImportFromDescriptorAsync("three", descriptor, _limit.Token));
        Console.WriteLine($"second run, {moved.Config.MemoryBytes >> 20} MiB");
        Printer printer = new();
        moved.SetCallback(printer);
        await moved.RunAsync(_limit.Token);
        await moved.WaitForStateAsync(VirtualMachineState.Ready, _limit.Token);
        Payload payload = await Connect(moved);
        string kept = payload.ReadFile("kept") is { } content ? Encoding.UTF8.GetString(content) : "none";
        Console.WriteLine($"kept '{kept}', boot {payload.Boots()}, {(secret.AsSpan().SequenceEqual(payload.Secret(s_identifier)) ? "the same secret" : "another secret")}");
        payload.Exit(7);
        VirtualMachineStopReason reason = await moved.WaitForStopAsync(_limit.Token);
        // What it was told before this was known is printed on a thread of its own.
        moved.ClearCallback();
        await printer.Stopped.WaitAsync(_limit.Token);
        Console.WriteLine($"then {reason}, {moved.State}");
        await manager.DeleteAsync("two", _limit.Token);
        Console.WriteLine($"deleted: {moved.Status}, {Directory.GetFileSystemEntries(Path.Combine(directory, "vm")).Length} left");
    }

    private async Task<Payload> Connect(VirtualMachine vm)
    {
        IBinder remote = await vm.ConnectToVsockServerAsync(Port, _limit.Token);
        return new Payload(remote);
    }

    private static async Task Refused(string what, Func<Task> action)
    {
        try
        {
            await action();
            Console.WriteLine($"{what} was not refused");
        }
        catch (VirtualMachineException refusal)
        {
            Console.WriteLine($"{what}: {refusal.Message}");
        }
    }
}
