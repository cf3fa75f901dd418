using Kvm.Interop.Files;
using Virtualization.Aidl;
using VirtualizationService.Configs;
using VirtualizationService.Permissions;

namespace VirtualizationService.Tests.Configs;

public sealed class RawConfigCheckTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly VirtualMachineRawConfig _config;

    public RawConfigCheckTests() => _config = new VirtualMachineRawConfig { Kernel = Open("kernel", trusted: true), PlatformVersion = "~1.0" };

    public void Dispose()
    {
        _config.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void A_plain_configuration_is_good() => Check();

    [Fact]
    public void Each_rule_has_its_refusal()
    {
        Refused(static c => c.PlatformVersion = "~2.0", Refusal.Argument, "version ~2.0 of the platform; this is 1.0.0");
        Refused(static c => c.PlatformVersion = "", Refusal.Argument, "platform_version");
        Refused(static c => c.Kernel = null, Refusal.Argument, "neither a kernel nor a bootloader");
        Refused(static c => c.Bootloader = c.Kernel, Refusal.Unsupported, "bootloaders");
        Refused(static c => c.MemoryMib = int.MaxValue, Refusal.Argument, "MiB of memory");
        Refused(static c => c.CpuTopology = (CpuTopology)2, Refusal.Argument, "no CPU topology");
        Refused(static c => c.ConsoleInputDevice = "tty1", Refusal.Argument, "'tty1' is no console");
        Refused(static c => c.InstanceId = new byte[63], Refusal.Argument, "64 bytes, not 63");
        Refused(static c => c.Name = "a\0b", Refusal.Argument, "NUL");
        Refused(static c => c.GdbPort = 1234, Refusal.Unsupported, "gdb");
        Refused(static c => c.NetworkSupported = true, Refusal.Unsupported, "network");
        Refused(static c => c.Devices = ["/sys/bus/x"], Refusal.Unsupported, "/sys/bus/x");
        Refused(static c => c.DisplayConfig = new DisplayConfig(), Refusal.Unsupported, "displays");
        Refused(static c => c.AudioConfig = new AudioConfig(), Refusal.Unsupported, "audio");
        Refused(static c => c.UsbConfig = new UsbConfig { Controller = true }, Refusal.Unsupported, "USB");
        Refused(static c => c.Disks = [new DiskImage { Partitions = [new Partition { Label = "x" }] }], Refusal.Argument, "partition x has no image");
    }

    [Fact]
    public void Gdb_is_for_guests_that_are_debuggable_and_not_protected()
    {
        _config.GdbPort = 1234;

        Assert.Equal(Refusal.Security, Assert.Throws<RefusedException>(() => Check(isDebuggable: false)).Refusal);
        _config.ProtectedVm = true;
        Assert.Equal(Refusal.Security, Assert.Throws<RefusedException>(() => Check()).Refusal);
    }

    [Fact]
    public void A_protected_guest_is_refused_where_there_are_none_and_has_no_network()
    {
        _config.ProtectedVm = true;
        Check();
        Assert.Equal(Refusal.Unsupported, Assert.Throws<RefusedException>(() => Check(canProtect: false)).Refusal);
        _config.NetworkSupported = true;
        Assert.Equal(Refusal.Argument, Assert.Throws<RefusedException>(() => Check()).Refusal);
    }

    [Fact]
    public void The_kernel_of_a_protected_guest_must_be_trusted_and_of_another_not()
    {
        _config.Kernel = Open("loose", trusted: false);
        Check();
        _config.ProtectedVm = true;

        Assert.Contains("kernel: ", Assert.Throws<RefusedException>(() => Check()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_what_the_clients_library_makes_needs_no_trust()
    {
        foreach (string label in (string[])["vm-instance", "encryptedstore", "payload-metadata", "microdroid-apk-idsig", "extra-idsig-3", "microdroid-apk", "super", "extra-apk-0"])
        {
            _config.Disks = [new DiskImage { Partitions = [new Partition { Label = label, Image = Open(label, trusted: false) }] }];
            foreach (bool isApp in (bool[])[true, false])
            {
                bool isTaken = Record.Exception(() => Check(isApp: isApp)) is null;
                bool expected = isApp
                    ? label is "vm-instance" or "encryptedstore" or "payload-metadata" or "microdroid-apk-idsig" or "extra-idsig-3"
                    : label == "vm-instance";
                Assert.True(expected == isTaken, $"{label}, app: {isApp}");
            }
        }
    }

    [Fact]
    public void What_of_an_apps_configuration_is_custom_is_said()
    {
        VirtualMachineAppConfig Plain() => new() { Payload = new AppPayload { PayloadConfig = new VirtualMachinePayloadConfig { PayloadBinaryName = "a.so" } } };
        VirtualMachineAppConfig byPath = Plain();
        byPath.Payload = new AppPayload { ConfigPath = "assets/vm_config.json" };
        VirtualMachineAppConfig extra = Plain();
        extra.Payload.PayloadConfig!.ExtraApks = [_config.Kernel!];
        VirtualMachineAppConfig custom = Plain();
        custom.CustomConfig = new CustomConfig();
        VirtualMachineAppConfig os = Plain();
        os.OsName = "another";

        Assert.Null(AppConfigCheck.CustomPart(Plain()));
        Assert.Equal("a payload configuration by path", AppConfigCheck.CustomPart(byPath));
        Assert.Equal("extra APKs", AppConfigCheck.CustomPart(extra));
        Assert.Equal("a custom configuration", AppConfigCheck.CustomPart(custom));
        Assert.Equal("the operating system another", AppConfigCheck.CustomPart(os));
    }

    [Theory]
    [InlineData("", "has no name")]
    [InlineData("../a.so", "not a path")]
    [InlineData("lib/a.so", "not a path")]
    [InlineData("a.so", null)]
    public void A_payloads_binary_is_a_name(string name, string? fault)
    {
        VirtualMachineAppConfig config = new()
        {
            Apk = _config.Kernel,
            Idsig = _config.Kernel,
            InstanceImage = _config.Kernel,
            Payload = new AppPayload { PayloadConfig = new VirtualMachinePayloadConfig { PayloadBinaryName = name } },
        };

        Exception? refusal = Record.Exception(() => AppConfigCheck.Check(config));

        Assert.Equal(fault is null, refusal is null);
        Assert.Contains(fault ?? "", refusal?.Message ?? "", StringComparison.Ordinal);
    }

    private void Check(bool isApp = false, bool isDebuggable = true, bool canProtect = true) =>
        new RawConfigCheck(new ImageTrust(Caller.ThisProcess, [])).Check(_config, isApp, isDebuggable, () => canProtect);

    private void Refused(Action<VirtualMachineRawConfig> change, Refusal why, string message)
    {
        using VirtualMachineRawConfig config = new() { Kernel = Open("kernel", trusted: true), PlatformVersion = "~1.0" };
        change(config);

        RefusedException refusal = Assert.Throws<RefusedException>(
            () => new RawConfigCheck(new ImageTrust(Caller.ThisProcess, [])).Check(config, false, true, static () => true));

        Assert.Equal(why, refusal.Refusal);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    private PosixFile Open(string name, bool trusted)
    {
        _directory.Write(name, "x");
        File.SetUnixFileMode(_directory[name], UnixFileMode.UserRead | UnixFileMode.UserWrite | (trusted ? 0 : UnixFileMode.OtherWrite));
        return PosixFile.Open(_directory[name], OpenFlags.O_RDONLY);
    }
}
