// Starts a protected VM, sends a line to its payload, prints the answer and stops the VM.
// Usage: HostProgram APK PAYLOAD-BINARY PORT
using System.Runtime.Versioning;
using Virtualization;

[assembly: SupportedOSPlatform("linux")]

if (args is not [string apk, string payload, string portText] || !uint.TryParse(portText, out uint port))
{
    Console.Error.WriteLine("Usage: HostProgram APK PAYLOAD-BINARY PORT");
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
        .SetPayloadBinaryName(payload)
        .SetProtectedVm(true)
        .SetEncryptedStorageBytes(16 << 20)
        .Build();

    // The same name gives the same secrets and files at the next run.
    VirtualMachine vm = await manager.GetOrCreateAsync("sample", config, interrupted.Token);
    vm.SetCallback(new Printer());
    await vm.RunAsync(interrupted.Token);
    await vm.WaitForStateAsync(VirtualMachineState.Ready, interrupted.Token);

    await using (VsockStream stream = await vm.ConnectVsockAsync(port, interrupted.Token))
    {
        await stream.WriteAsync("hello\n"u8.ToArray(), interrupted.Token);
        using StreamReader answers = new(stream);
        Console.WriteLine(await answers.ReadLineAsync(interrupted.Token));
    }

    await vm.StopAsync(interrupted.Token);
    return 0;
}
catch (VirtualMachineException failure)
{
    Console.Error.WriteLine(failure.Message);
    return 1;
}

internal sealed class Printer : VirtualMachineCallback
{
    public override void OnStopped(VirtualMachine vm, VirtualMachineStopReason reason) => Console.Error.WriteLine($"{vm.Name} stopped: {reason}");
}
