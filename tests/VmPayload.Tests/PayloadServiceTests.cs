using System.Text;
using Virtualization.Aidl;
using Virtualization.Binder;
using VmPayload.Exports;
using VmPayload.Platform;
using VmPayload.Tests.Binder;

namespace VmPayload.Tests;

/// <summary>vm_payload.h against the host's Binder RPC as the manager's service.</summary>
public sealed unsafe class PayloadServiceTests : IDisposable
{
    private readonly long _before = TestService.Live;
    private readonly string _directory = Directory.CreateTempSubdirectory("payload-").FullName;
    private readonly FakeManager _manager = new();
    private readonly RpcServer _server;

    public PayloadServiceTests()
    {
        string path = Path.Combine(_directory, IVmPayloadService.VmPayloadServiceSocketName);
        _server = new RpcServer(new RpcServerOptions { Root = _ => _manager });
        _server.Serve(RpcListener.ListenUnix(path));
        PayloadPaths.SetService(path);
    }

    public void Dispose()
    {
        PayloadService.Disconnect();
        _server.Dispose();
        Directory.Delete(_directory, recursive: true);
        Assert.Equal(_before, Libc.Live);
    }

    [Fact]
    public void The_codes_and_the_name_are_those_of_the_host()
    {
        Assert.Equal(IVmPayloadService.Descriptor, Encoding.UTF8.GetString(PayloadService.Descriptor));
        Assert.Equal(IVmPayloadService.NotifyPayloadReadyTransaction, PayloadService.NotifyPayloadReady);
        Assert.Equal(IVmPayloadService.GetVmInstanceSecretTransaction, PayloadService.GetVmInstanceSecret);
        Assert.Equal(IVmPayloadService.GetDiceAttestationChainTransaction, PayloadService.GetDiceAttestationChain);
        Assert.Equal(IVmPayloadService.GetDiceAttestationCdiTransaction, PayloadService.GetDiceAttestationCdi);
        Assert.Equal(IVmPayloadService.WritePayloadRpDataTransaction, PayloadService.WritePayloadRpData);
        Assert.Equal(IVmPayloadService.ReadPayloadRpDataTransaction, PayloadService.ReadPayloadRpData);
        Assert.Equal(IVmPayloadService.IsNewInstanceTransaction, PayloadService.IsNewInstance);
        Assert.Equal(IVmPayloadService.VmApkContentsPath, Text(PayloadFunctions.GetApkContentsPath()));
    }

    [Fact]
    public void The_host_is_told_once_that_the_payload_is_ready()
    {
        PayloadFunctions.NotifyPayloadReady();
        PayloadFunctions.NotifyPayloadReady();
        Assert.Equal(1, _manager.Ready);
    }

    [Fact]
    public void A_secret_is_what_the_manager_derives_of_its_name()
    {
        byte[] secret = GetSecret("name"u8, 32);
        Assert.Equal(FakeManager.SecretOf("name"u8.ToArray(), 32), secret);
        Assert.Equal(FakeManager.SecretOf([], 16), GetSecret([], 16));
        Assert.Empty(GetSecret("none"u8, 0));
    }

    [Fact]
    public void A_secret_that_is_too_long_or_refused_ends_the_process_with_a_line()
    {
        Assert.Contains("at most 32 bytes", Assert.Throws<AbortException>(() => GetSecret("name"u8, 33)).Message, StringComparison.Ordinal);
        _manager.Refuses = true;
        Assert.StartsWith("AVmPayload_getVmInstanceSecret: ", Assert.Throws<AbortException>(() => GetSecret("name"u8, 32)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_the_service_calls_end_the_process_or_return_their_error()
    {
        PayloadPaths.SetService(Path.Combine(_directory, "nowhere"));
        Assert.Throws<AbortException>(() => GetSecret("name"u8, 32));
        byte isNew = 7;
        Assert.Equal(-1, PayloadFunctions.IsNewInstanceStatus(&isNew));
        Assert.Equal(7, isNew);
        PayloadPaths.SetService(new string('x', 200));
        Assert.Equal(-1, PayloadFunctions.IsNewInstanceStatus(&isNew));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_new_instance_is_one(bool isNew)
    {
        _manager.New = isNew;
        byte answer;
        Assert.Equal(0, PayloadFunctions.IsNewInstanceStatus(&answer));
        Assert.Equal(isNew, answer == 1);
        Assert.Equal(isNew, PayloadFunctions.IsNewInstance());
    }

    [Fact]
    public void The_encrypted_storage_has_a_path_when_it_is_mounted()
    {
        PayloadPaths.HasStorage = false;
        Assert.True(PayloadFunctions.GetEncryptedStoragePath() == null);
        PayloadPaths.HasStorage = true;
        Assert.Equal(IVmPayloadService.EncryptedstoreMountpoint, Text(PayloadFunctions.GetEncryptedStoragePath()));
    }

    [Fact]
    public void The_dice_chain_is_copied_as_far_as_there_is_room()
    {
        byte[] room = new byte[10];
        fixed (byte* start = room)
        {
            Assert.Equal(300u, PayloadFunctions.GetDiceAttestationChain(null, 0));
            Assert.Equal(300u, PayloadFunctions.GetDiceAttestationChain(start, 10));
            Assert.Equal(FakeManager.Chain[..10], room);
            Assert.Equal(3u, PayloadFunctions.GetDiceAttestationCdi(start, 10));
            Assert.Equal("cdi"u8.ToArray(), room[..3]);
        }

        _manager.Refuses = true;
        Assert.Throws<AbortException>(() => PayloadFunctions.GetDiceAttestationChain(null, 0));
        Assert.Throws<AbortException>(() => PayloadFunctions.GetDiceAttestationCdi(null, 0));
    }

    [Fact]
    public void The_secret_with_protection_against_rollback_is_32_bytes_or_a_status()
    {
        byte[] data = new byte[32];
        fixed (byte* start = data)
        {
            Assert.Equal(-3, PayloadFunctions.WriteRollbackProtectedSecret(start, 31));
            Assert.Equal(-3, PayloadFunctions.ReadRollbackProtectedSecret(start, 33));
            Assert.Equal(-1, PayloadFunctions.ReadRollbackProtectedSecret(start, 32));
            data.AsSpan().Fill(9);
            Assert.Equal(32, PayloadFunctions.WriteRollbackProtectedSecret(start, 32));
            data.AsSpan().Clear();
            Assert.Equal(32, PayloadFunctions.ReadRollbackProtectedSecret(start, 32));
            Assert.All(data, value => Assert.Equal(9, value));
            _manager.Refuses = true;
            Assert.Equal(-2, PayloadFunctions.WriteRollbackProtectedSecret(start, 32));
            Assert.Equal(-2, PayloadFunctions.ReadRollbackProtectedSecret(start, 32));
        }
    }

    [Fact]
    public void Attestation_is_not_supported_and_says_so()
    {
        void* result = (void*)1;
        byte challenge = 0;
        Assert.Equal(-10003, AttestationFunctions.RequestAttestation(&challenge, 64, &result));
        Assert.True(result == null);
        Assert.Equal(-10001, AttestationFunctions.RequestAttestation(&challenge, 65, &result));
        Assert.Equal(-10003, AttestationFunctions.RequestAttestationForTesting(&challenge, 1, &result));
        foreach (int status in new[] { 0, -10001, -10002, -10003, 5 })
        {
            Assert.NotEmpty(Text(AttestationFunctions.StatusToString(status)));
        }

        AttestationFunctions.Free(null);
        Assert.Throws<AbortException>(() => AttestationFunctions.GetCertificateCount(null));
    }

    [Fact]
    public void Many_threads_share_the_connection()
    {
        Parallel.For(0, 8, thread =>
        {
            for (int i = 0; i < 50; i++)
            {
                byte[] name = Encoding.UTF8.GetBytes($"{thread} {i}");
                Assert.Equal(FakeManager.SecretOf(name, 32), GetSecret(name, 32));
            }
        });
        Assert.Equal(1, _server.SessionCount);
    }

    private static byte[] GetSecret(ReadOnlySpan<byte> name, int size)
    {
        byte[] secret = new byte[size];
        fixed (byte* identifier = name)
        {
            fixed (byte* start = secret)
            {
                PayloadFunctions.GetVmInstanceSecret(identifier, (nuint)name.Length, start, (nuint)size);
            }
        }

        return secret;
    }

    private static string Text(byte* text) => Encoding.UTF8.GetString(text, VmPayload.Binder.AStatus.Length(text));
}
