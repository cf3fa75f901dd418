// Starts samples/c-payload in a protected VM, calls it by Binder RPC, prints its answers and stops the VM.
// Usage: HostProgram APK
using System.Runtime.Versioning;
using Virtualization;
using Virtualization.Binder;

[assembly: SupportedOSPlatform("linux")]

if (args is not [string apk])
{
    Console.Error.WriteLine("Usage: HostProgram APK");
    return 2;
}

using CancellationTokenSource interrupted = new(TimeSpan.FromMinutes(2));
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true;
    interrupted.Cancel();
};

try
{
    // The service starts while the configuration is made.
    await using VirtualMachineManager manager = new();
    VirtualMachineConfig config = new VirtualMachineConfig.Builder()
        .SetApkPath(Path.GetFullPath(apk))
        .SetPayloadBinaryName("c-payload.so")
        .SetProtectedVm(true)
        .SetEncryptedStorageBytes(16 << 20)
        .Build();

    // The same name gives the same secrets and files at the next run.
    VirtualMachine vm = await manager.GetOrCreateAsync("sample", config, interrupted.Token);
    vm.SetCallback(new Printer());
    await vm.RunAsync(interrupted.Token);
    await vm.WaitForStateAsync(VirtualMachineState.Ready, interrupted.Token);

    SamplePayload payload = new(await vm.ConnectToVsockServerAsync(SamplePayload.Port, interrupted.Token));
    Console.WriteLine($"40 + 2 = {payload.Add(40, 2)}");
    Console.WriteLine($"boot {payload.Boots()} of this instance");

    await vm.StopAsync(interrupted.Token);
    return 0;
}
catch (Exception failure) when (failure is VirtualMachineException or BinderException or OperationCanceledException)
{
    Console.Error.WriteLine(failure.Message);
    return 1;
}

internal sealed class Printer : VirtualMachineCallback
{
    public override void OnStopped(VirtualMachine vm, VirtualMachineStopReason reason) => Console.Error.WriteLine($"{vm.Name} stopped: {reason}");
}
