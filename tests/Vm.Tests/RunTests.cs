using Virtualization.Aidl;

namespace Vm.Tests;

/// <summary>What running a VM prints, makes and returns.</summary>
public sealed class RunTests
{
    private static readonly CancellationToken s_never = new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token;

    [Fact]
    public async Task A_payload_s_life_is_told_in_avfs_words_and_its_status_returned()
    {
        using VmUnderTest vm = new();
        vm.Service.OnStart = static guest =>
        {
            guest.PayloadStarted();
            guest.PayloadReady();
            guest.PayloadFinished(3);
            guest.Die(DeathReason.Shutdown);
        };

        int status = await vm.Run("run-app", vm.File("p.apk"), vm.Missing("p.idsig"), vm.Missing("i.img"), "--payload-binary-name", "lib.so");

        Assert.Equal(3, status);
        Assert.Equal("Created debuggable VM from DIR/p.apk with CID 2048, state is DEAD.\nVM ended: Shutdown\n", vm.Output);
        Assert.Equal("payload started\npayload is ready\npayload finished with exit code 3\n", vm.Errors);
        Assert.Equal(["idsig of c", "partition AndroidVmInstance 10485760"], vm.Service.Calls);
        Assert.Equal(64, new FileInfo(vm.Missing("i.img.id")).Length);
    }

    [Theory]
    [InlineData(DeathReason.Crash, 1)]
    [InlineData(DeathReason.MicrodroidPayloadHasChanged, 1)]
    [InlineData(DeathReason.Hangup, 1)]
    [InlineData(DeathReason.Shutdown, 0)]
    public async Task A_vm_that_dies_of_an_error_ends_the_command_with_1(DeathReason reason, int expected)
    {
        using VmUnderTest vm = new();
        vm.Service.OnStart = guest =>
        {
            guest.Fail(ErrorCode.PayloadChanged, "another\nAPK");
            guest.Die(reason);
        };

        Assert.Equal(expected, await RunApp(vm));
        Assert.EndsWith($"VM ended: {reason}\n", vm.Output, StringComparison.Ordinal);
        Assert.Equal("VM encountered an error: code=PAYLOAD_CHANGED, message=another APK\n", vm.Errors);
    }

    [Fact]
    public async Task Options_reach_the_service()
    {
        using VmUnderTest vm = new();
        vm.Service.OnStart = static guest => guest.Die(DeathReason.Shutdown);
        VirtualMachineAppConfig? seen = null;
        vm.Service.OnStart = guest =>
        {
            seen = guest.Config.AppConfig;
            guest.Die(DeathReason.Shutdown);
        };

        await RunApp(
            vm, "--name", "n", "-m", "300", "-p", "--hugepages", "--cpu-topology", "match_host", "--debug", "none",
            "--storage", vm.Missing("s.img"), "--storage-size", "4096", "--extra-apk", vm.File("e.apk"), "--extra-idsig", vm.Missing("e.idsig"));

        Assert.Equal("Created VM from DIR/p.apk with CID 2048, state is DEAD.\nVM ended: Shutdown\n", vm.Output);
        Assert.Equal(("n", 300, true, true), (seen!.Name, seen.MemoryMib, seen.ProtectedVm, seen.HugePages));
        Assert.Equal(CpuTopology.MatchHost, seen.CpuTopology);
        Assert.Equal(DebugLevel.None, seen.DebugLevel);
        Assert.Null(seen.CustomConfig);
        Assert.NotNull(seen.EncryptedStorageImage);
        Assert.Single(seen.Payload.PayloadConfig!.ExtraApks);
        Assert.Single(seen.ExtraIdsigs);
        Assert.Contains("partition Encryptedstore 4096", vm.Service.Calls);
    }

    [Fact]
    public async Task A_second_run_finds_the_files_of_the_first()
    {
        using VmUnderTest vm = new();
        List<byte> ids = [];
        vm.Service.OnStart = guest =>
        {
            ids.Add(guest.Config.AppConfig!.InstanceId[0]);
            guest.Die(DeathReason.Shutdown);
        };

        await RunApp(vm);
        await RunApp(vm);

        Assert.Equal(new byte[] { 1, 1 }, ids);
        Assert.Single(vm.Service.Calls, "partition AndroidVmInstance 10485760");
    }

    [Fact]
    public async Task Extra_apks_without_their_idsigs_are_refused_in_avfs_words()
    {
        using VmUnderTest vm = new();

        Assert.Equal(35, await RunApp(vm, "--extra-apk", vm.File("e.apk")));
        Assert.Equal("vm: Found 1 extra apks, but there are 0 extra idsigs\n", vm.Errors);
    }

    [Fact]
    public async Task Microdroid_is_run_in_a_work_directory_that_is_told_and_kept_where_it_was_named()
    {
        using VmUnderTest vm = new();
        vm.File("EmptyPayload.apk");
        vm.Service.OnStart = static guest => guest.Die(DeathReason.Shutdown);

        Assert.Equal(0, await vm.Run("run-microdroid", "--work-dir", vm.Missing("work")));

        Assert.Equal(
            """
            creating work dir DIR/work
            found path DIR/EmptyPayload.apk
            apk.idsig path: DIR/work/apk.idsig
            instance.img path: DIR/work/instance.img
            Created debuggable VM from DIR/EmptyPayload.apk with CID 2048, state is DEAD.
            VM ended: Shutdown

            """,
            vm.Output);
        Assert.True(File.Exists(vm.Missing("work/instance_id")));
    }

    [Fact]
    public async Task A_raw_configuration_is_run_with_the_options_that_override_it()
    {
        using VmUnderTest vm = new();
        vm.File("kernel");
        VirtualMachineRawConfig? seen = null;
        vm.Service.OnStart = guest =>
        {
            seen = guest.Config.RawConfig;
            guest.Die(DeathReason.Shutdown);
        };

        int status = await vm.Run(
            "run", vm.File("vm.json", """{"kernel": "kernel", "params": "quiet", "memory_mib": 100, "platform_version": "~1.0"}"""), "--mem", "200", "--enable-earlycon");

        Assert.Equal(0, status);
        Assert.Equal(("VmRun", 200, "quiet earlycon keep_bootcon", "~1.0"), (seen!.Name, seen.MemoryMib, seen.Params, seen.PlatformVersion));
        Assert.Equal("Created debuggable VM from DIR/vm.json with CID 2048, state is DEAD.\nVM ended: Shutdown\n", vm.Output);
    }

    [Fact]
    public async Task Ctrl_c_stops_the_vm_and_is_told_by_the_status()
    {
        using VmUnderTest vm = new();
        Task<int> run = RunApp(vm);
        vm.Service.Created.Take(s_never);
        while (!vm.Output.Contains("Created", StringComparison.Ordinal))
        {
            await Task.Delay(10, s_never);
        }

        vm.Interrupt();

        Assert.Equal(130, await run);
        Assert.Equal("Created debuggable VM from DIR/p.apk with CID 2048, state is STARTING.\nVM ended: Killed\n", vm.Output);
    }

    [Fact]
    public async Task A_refusal_of_the_service_is_one_line_and_status_1()
    {
        using VmUnderTest vm = new();
        vm.Service.Refusal = "permission denied";

        Assert.Equal(1, await RunApp(vm));
        Assert.Equal("vm: cannot create the VM: permission denied\n", vm.Errors);
        Assert.Equal(1, await vm.Run("run-app", vm.Missing("no.apk"), "i", "j", "--payload-binary-name", "n"));
    }

    [Fact]
    public async Task The_console_goes_to_standard_output_or_to_its_file()
    {
        using VmUnderTest vm = new();
        vm.Service.OnStart = static guest =>
        {
            guest.ConsoleOut!.WriteAll("console"u8);
            guest.Log!.WriteAll("log"u8);
            guest.Die(DeathReason.Shutdown);
        };

        await RunApp(vm);
        Assert.Equal("consolelog", vm.ConsoleText(10));
        await RunApp(vm, "--console", vm.Missing("c.txt"), "--log", vm.Missing("l.txt"));
        Assert.Equal("console", await File.ReadAllTextAsync(vm.Missing("c.txt"), s_never));
        Assert.Equal("log", await File.ReadAllTextAsync(vm.Missing("l.txt"), s_never));
    }

    private static Task<int> RunApp(VmUnderTest vm, params string[] more) =>
        vm.Run(["run-app", vm.File("p.apk"), vm.Missing("p.idsig"), vm.Missing("i.img"), "--payload-binary-name", "lib.so", .. more]);
}
