namespace Vm.Tests;

/// <summary>Wrong command lines: one line each, status 35, and no service is asked for anything.</summary>
public sealed class RefusedCommandLineTests
{
    [Theory]
    [InlineData("", "no command given; vm --help lists them")]
    [InlineData("run-ap", "unknown command 'run-ap'; did you mean 'run-app'?")]
    [InlineData("list --wach", "unknown option '--wach'; did you mean '--watch'?")]
    [InlineData("run-app a b", "vm run-app needs INSTANCE: the instance image; made (10 MiB) where it is missing")]
    [InlineData("run-app a b c d", "'d' is one argument too many for vm run-app")]
    [InlineData("run-app a b c", "Either --config-path or --payload-binary-name must be defined")]
    [InlineData("run-app a b c --config-path p --payload-binary-name n", "Only one of --config-path or --payload-binary-name can be defined")]
    [InlineData("run-app a b c --config-path p --extra-apk e", "--extra-apk: with --config-path the configuration in the APK names the extra APKs")]
    [InlineData("run-app a b c --payload-binary-name", "--payload-binary-name needs a value: NAME.so")]
    [InlineData("run-microdroid --mem 0", "--mem: '0' is no positive number of MiB")]
    [InlineData("run-microdroid --mem 1 --mem 2", "--mem is given 2 times; it takes one value")]
    [InlineData("run-microdroid --cpu-topology match-host", "--cpu-topology: 'match-host' is neither one_cpu nor match_host; did you mean 'match_host'?")]
    [InlineData("run-microdroid --debug ful", "--debug: 'ful' is neither none nor full; did you mean 'full'?")]
    [InlineData("run-microdroid --debug none --enable-earlycon", "--enable-earlycon needs --debug full")]
    [InlineData("run-microdroid --gdb 1234", "--gdb is not supported: the VMM has no debugger's port")]
    [InlineData("run no.json --gdb 1234", "--gdb is not supported: the VMM has no debugger's port")]
    [InlineData(
        "run-microdroid --network-supported", "--network-supported is not supported: VMs of the service have no network yet; vmm run --net makes one that has")]
    [InlineData(
        "run no.json --network-supported", "--network-supported is not supported: VMs of the service have no network yet; vmm run --net makes one that has")]
    [InlineData("run-microdroid --connect-console --console f", "--connect-console gives the console a terminal; --console and --console-in give it files")]
    [InlineData("run-microdroid --boost-uclamp", "--boost-uclamp is not supported: the host's scheduler hints are Android's")]
    [InlineData("run-microdroid --vendor f", "--vendor is not supported: this guest has no vendor partition")]
    [InlineData("run-microdroid --devices /sys/d", "--devices is not supported: devices of the host cannot be given to a VM")]
    [InlineData("run-microdroid --gki android14-6.1", "--gki is not supported: there is one kernel, which the system is built with")]
    [InlineData("run-microdroid --storage-size 5", "--storage-size needs --storage")]
    [InlineData("create-partition p x", "SIZE: 'x' is no positive number of bytes")]
    [InlineData("create-partition p 5 -t instanc", "--type: 'instanc' is neither raw nor instance; did you mean 'instance'?")]
    [InlineData("stop x", "'x' is no CID")]
    [InlineData("console", "vm console needs a terminal as its standard input")]
    public async Task A_wrong_command_line_is_one_line(string arguments, string expected)
    {
        using VmUnderTest vm = new();

        Assert.Equal(35, await vm.Run(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Equal($"vm: {expected}\n", vm.Errors);
        Assert.Equal("", vm.Output);
        Assert.Empty(vm.Service.Created);
    }

    [Fact]
    public async Task A_wrong_configuration_is_named_with_line_and_column()
    {
        using VmUnderTest vm = new();

        Assert.Equal(35, await vm.Run("run", vm.File("vm.json", "{\n \"kernle\": 1}")));
        Assert.Equal("vm: DIR/vm.json:2:2: unknown member 'kernle'; did you mean 'kernel'?\n", vm.Errors);
    }
}
