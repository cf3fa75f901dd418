using Kvm.Interop.Files;
using Virtualization.Aidl;
using Virtualization.Binder;
using VirtualizationService.Life;
using VirtualizationService.Permissions;
using VirtualizationService.SystemWide;
using VirtualizationService.Vsock;

namespace VirtualizationService.Tests.SystemWide;

public sealed class SystemServiceTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ServiceLog _log = new(TextWriter.Null);
    private Thread? _service;

    public void Dispose()
    {
        _stop.Cancel();
        _service?.Join();
        _stop.Dispose();
        _root.Dispose();
    }

    [Fact]
    public void A_place_is_an_address_and_a_directory_of_the_users_own_until_it_is_given_back()
    {
        using SystemServiceClient client = Connect(new Policy());

        IGlobalContext first = client.Allocate(256);
        IGlobalContext second = client.Allocate(256);

        Assert.Equal(2048u, first.Cid);
        Assert.Equal(2049u, second.Cid);
        Assert.Equal(_root["2048"], first.TemporaryDirectory);
        Assert.True(PrivateDirectory.IsAt(first.TemporaryDirectory));
        first.SetHostConsoleName("/dev/pts/3");
        VirtualMachineDebugInfo info = client.List()[0];
        Assert.Equal((2048, Environment.ProcessId, "/dev/pts/3"), (info.Cid, info.RequesterPid, info.HostConsoleName));
        File.WriteAllText(Path.Combine(first.TemporaryDirectory, "left"), "x");
        first.Dispose();
        Eventually.True(() => client.List().Count == 1, "the place's return");
        Assert.False(Directory.Exists(_root["2048"]));
    }

    [Fact]
    public void With_the_connection_everything_is_given_back()
    {
        using SystemServiceClient other = Connect(new Policy());
        using (SystemServiceClient client = SystemServiceClient.TryConnect(_root["socket"], _log)!)
        {
            client.Allocate(256);
            client.Allocate(256);
            Assert.Equal(2, other.List().Count);
        }

        Eventually.True(() => other.List().Count == 0, "the places' return");
        Assert.Empty(Directory.GetDirectories(_root.Path));
    }

    [Fact]
    public void A_user_has_no_more_VMs_and_memory_than_the_policy_says()
    {
        using SystemServiceClient client = Connect(new Policy { MaxVmsPerUser = 2, MaxMemoryMibPerUser = 1000 });
        client.Allocate(600);

        Assert.Contains("maxMemoryMibPerUser", Assert.Throws<RefusedException>(() => client.Allocate(401)).Message, StringComparison.Ordinal);
        IGlobalContext second = client.Allocate(400);
        RefusedException refusal = Assert.Throws<RefusedException>(() => client.Allocate(0));
        Assert.Equal(Refusal.Security, refusal.Refusal);
        Assert.Contains("maxVmsPerUser", refusal.Message, StringComparison.Ordinal);
        second.Dispose();
        Eventually.True(() => client.List().Count == 1, "the place's return");
        client.Allocate(400);
    }

    [Fact]
    public void VMs_have_their_places_from_the_service_where_it_runs()
    {
        using SystemServiceClient client = Connect(new Policy());
        using TemporaryDirectory own = new();
        VmPlaces places = new(new UnixVsockHost(), own.Path, client);

        using (VmPlace place = places.Take(256))
        {
            Assert.Equal(_root[$"{place.Cid}"], place.Directory.Path);
            Assert.Single(client.List());
        }

        Eventually.True(() => client.List().Count == 0, "the place's return");
        Assert.Empty(Directory.GetDirectories(_root.Path));
    }

    [Fact]
    public void Without_the_service_there_is_no_client_and_a_file_that_nobody_listens_on_is_none()
    {
        Assert.Null(SystemServiceClient.TryConnect(_root["nothing"], _log));
        _root.Write("dead", "");
        Assert.Null(SystemServiceClient.TryConnect(_root["dead"], _log));
    }

    [SkippableFact]
    public void A_directory_belongs_to_the_user_who_asked_and_others_do_not_see_it()
    {
        Skip.If(UnixAccounts.User != 0, "only root can give a directory to another user");
        GlobalVms vms = new(_root.Path, new Policy(), _log);
        Caller nobody = new(65534, 65534, [65534]);

        GlobalVm vm = vms.Allocate(nobody, 1, 256);

        FileOwner owner = FileOwner.Of(vm.Directory)!;
        Assert.Equal((65534u, 65534u), (owner.User, owner.Group));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, owner.Mode);
        Assert.Equal((1, 256), vms.UsageOf(65534));
        Assert.Equal((0, 0), vms.UsageOf(0));
    }

    [SkippableFact]
    public void Roots_cleaning_does_not_follow_what_a_user_has_put_into_the_directory()
    {
        Skip.If(UnixAccounts.User != 0, "only root can give a directory to another user");
        using TemporaryDirectory elsewhere = new();
        elsewhere.Write("precious", "x");
        GlobalVms vms = new(_root.Path, new Policy(), _log);
        GlobalVm vm = vms.Allocate(new Caller(65534, 65534, [65534]), 1, 256);
        Directory.CreateSymbolicLink(Path.Combine(vm.Directory, "link"), elsewhere.Path);
        GlobalVm second = vms.Allocate(new Caller(65534, 65534, [65534]), 1, 256);
        Directory.CreateDirectory(Path.Combine(second.Directory, "folder"));

        vms.Release(vm.Cid);
        vms.Release(second.Cid);

        Assert.True(File.Exists(elsewhere["precious"]));
        Assert.False(Directory.Exists(vm.Directory));
        // Not gone into, and no user's any more.
        Assert.Equal(0u, FileOwner.Of(second.Directory)!.User);
    }

    [Fact]
    public void Only_the_calling_processs_own_limit_is_raised()
    {
        using SystemServiceClient client = Connect(new Policy());
        using RpcSession session = RpcSession.ConnectUnix(_root["socket"]);
        VirtualizationServiceInternalProxy service = new(session.Root!);

        BinderException refusal = Assert.Throws<BinderException>(() => service.RemoveMemlockRlimit(1));

        Assert.Equal(ExceptionCode.Security, refusal.Exception);
    }

    [Fact]
    public void The_units_of_systemd_name_the_services_socket()
    {
        string folder = Repository.Path("src/VirtualizationService/systemd");

        Assert.Contains($"ListenStream={SystemService.SocketPath}\n", File.ReadAllText(Path.Combine(folder, "virtualizationservice.socket")), StringComparison.Ordinal);
        Assert.Contains("/virtmgr system-service\n", File.ReadAllText(Path.Combine(folder, "virtualizationservice.service")), StringComparison.Ordinal);
    }

    private SystemServiceClient Connect(Policy policy)
    {
        string socket = _root["socket"];
        _service = new Thread(() => SystemService.Run(socket, _root.Path, policy, _log, _stop.Token));
        _service.Start();
        SystemServiceClient? client = null;
        Eventually.True(() => File.Exists(socket) && (client = SystemServiceClient.TryConnect(socket, _log)) is not null, "the service's start");
        return client!;
    }
}
