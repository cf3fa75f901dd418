using BootLoader.Dice;
using Kvm.Interop.Memory;
using Microdroid.Dice;
using Microdroid.Host;
using Virtualization.Aidl;
using Virtualization.Binder;

namespace Microdroid.Tests.Host;

/// <summary>The payload's service over its socket, by Binder RPC.</summary>
public sealed class PayloadServerTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("service-").FullName;
    private readonly Notified _host = new();

    private string Path => System.IO.Path.Combine(_directory, "vm_payload_service");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void The_payload_gets_secrets_and_the_state_of_the_instance_and_tells_that_it_is_ready()
    {
        using PayloadServer server = new(Path, User());
        server.Start(new VmPayloadService(_host, Secret(), isNewInstance: true, allowsRestricted: false));
        using RpcSession session = RpcSession.ConnectUnix(Path);
        var service = new VmPayloadServiceProxy(session.Root!);
        service.NotifyPayloadReady();
        Assert.Equal(1, _host.Ready);
        byte[] secret = service.GetVmInstanceSecret("id"u8.ToArray(), 32);
        Assert.Equal("da906e4eba82edbc176ac63beb8cdf7bbe1631a8310f143c858e0e6cc1a19395", Convert.ToHexStringLower(secret));
        Assert.Equal(secret[..7], service.GetVmInstanceSecret("id"u8.ToArray(), 7));
        Assert.NotEqual(secret, service.GetVmInstanceSecret("other"u8.ToArray(), 32));
        Assert.True(service.IsNewInstance());
    }

    [Fact]
    public void What_the_guest_has_not_is_refused_with_the_documented_codes()
    {
        using PayloadServer server = new(Path, User());
        server.Start(new VmPayloadService(_host, Secret(), isNewInstance: false, allowsRestricted: false));
        using RpcSession session = RpcSession.ConnectUnix(Path);
        var service = new VmPayloadServiceProxy(session.Root!);
        Assert.Equal(ExceptionCode.IllegalArgument, Refusal(() => service.GetVmInstanceSecret([], 33)));
        Assert.Equal(ExceptionCode.IllegalArgument, Refusal(() => service.GetVmInstanceSecret([], -1)));
        Assert.Equal(ExceptionCode.Security, Refusal(() => service.GetDiceAttestationCdi()));
        Assert.Equal(ExceptionCode.Security, Refusal(() => service.GetDiceAttestationChain()));
        Assert.Equal(ExceptionCode.UnsupportedOperation, Refusal(() => service.RequestAttestation(new byte[64], false)));
        Assert.Equal(ExceptionCode.UnsupportedOperation, Refusal(() => service.WritePayloadRpData(new byte[32])));
        Assert.Equal(ExceptionCode.UnsupportedOperation, Refusal(() => service.ReadPayloadRpData()));
        Assert.Empty(service.GetSupportedServices());
        Assert.False(service.IsNewInstance());
    }

    [Fact]
    public void Another_user_gets_nothing_whatever_the_sockets_mode()
    {
        using PayloadServer server = new(Path, User() + 1);
        server.Start(new VmPayloadService(_host, Secret(), isNewInstance: false, allowsRestricted: true));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
        Assert.ThrowsAny<Exception>(() =>
        {
            using RpcSession session = RpcSession.ConnectUnix(Path);
            new VmPayloadServiceProxy(session.Root!).NotifyPayloadReady();
        });
        Assert.Equal(0, _host.Ready);
    }

    [Fact]
    public void After_the_end_there_is_no_service_and_no_secret()
    {
        VmSecret secret = Secret();
        VmPayloadService service = new(_host, secret, isNewInstance: false, allowsRestricted: true);
        using (PayloadServer server = new(Path, User()))
        {
            server.Start(service);
        }

        secret.Dispose();
        Assert.False(File.Exists(Path));
        Assert.Throws<ObjectDisposedException>(() => service.GetVmInstanceSecret([1], 32));
        Assert.Throws<ObjectDisposedException>(service.GetDiceAttestationCdi);
    }

    private static ExceptionCode Refusal(Action call) => Assert.ThrowsAny<BinderException>(call).Exception;

    private static uint User() => uint.Parse(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[2],
        System.Globalization.CultureInfo.InvariantCulture);

    private static VmSecret Secret()
    {
        var memory = new LockedMemory(128);
        byte[] attest = [.. Enumerable.Repeat((byte)1, 32)], seal = [.. Enumerable.Repeat((byte)0x5e, 32)];
        Assert.Equal(DiceError.None, new DiceHandover(attest, seal, default).TryWrite(memory.Span, out _));
        return new VmSecret(DiceArtifacts.Take(memory));
    }

    private sealed class Notified : IVirtualMachineService
    {
        public int Ready { get; private set; }

        public void NotifyPayloadReady() => Ready++;

        public void NotifyPayloadStarted() => throw new NotSupportedException();

        public void NotifyPayloadFinished(int exitCode) => throw new NotSupportedException();

        public void NotifyError(ErrorCode errorCode, string message) => throw new NotSupportedException();

        public IReadOnlyList<Certificate> RequestAttestation(byte[] csr, bool testMode) => throw new NotSupportedException();

        public IBinder? GetSecretkeeper() => null;
    }
}
