using System.Diagnostics.CodeAnalysis;
using System.Text;
using FakeService;
using Kvm.Interop.Files;

namespace Virtualization.Tests.Api;

/// <summary>A manager whose service the test plays, over a genuine Binder session.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The test runner calls DisposeAsync.")]
public abstract class FakeServiceTests : IAsyncLifetime
{
    private protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly CancellationTokenSource _timeout = new(Patience);

    private protected FakeServiceTests()
    {
        Connection = new FakeConnection(Service);
        Manager = new VirtualMachineManager(new VirtualMachineManagerOptions { DataDirectory = Root, Connect = () => Connection });
        File.WriteAllText(Apk, "apk");
    }

    private protected string Root { get; } = Directory.CreateTempSubdirectory("vm-api-").FullName;

    private protected FakeVirtualizationService Service { get; } = new();

    private protected FakeConnection Connection { get; }

    private protected VirtualMachineManager Manager { get; }

    private protected string Apk => Path.Combine(Root, "payload.apk");

    private protected CancellationToken Token => _timeout.Token;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await Manager.DisposeAsync();
        _timeout.Dispose();
        Directory.Delete(Root, recursive: true);
    }

    private protected VirtualMachineConfig.Builder Config() => new VirtualMachineConfig.Builder().SetApkPath(Apk).SetPayloadBinaryName("lib.so").SetProtectedVm(false);

    /// <summary>What comes out of a descriptor, so many bytes of it.</summary>
    private protected static string Text(FileDescriptor descriptor, int length)
    {
        byte[] buffer = new byte[length];
        int got = 0;
        while (got < length && descriptor.WaitReadable((int)Patience.TotalMilliseconds) && descriptor.Read(buffer.AsSpan(got)) is > 0 and int count)
        {
            got += count;
        }

        return Encoding.UTF8.GetString(buffer, 0, got);
    }
}
