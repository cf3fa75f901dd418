namespace Virtualization.Tests.Api;

/// <summary>The builder's rules, the rule of compatibility, and the file that keeps a configuration.</summary>
public sealed class VirtualMachineConfigTests
{
    private static VirtualMachineConfig.Builder Full => new VirtualMachineConfig.Builder("org.example.app")
        .SetApkPath("/apk")
        .SetPayloadBinaryName("lib.so")
        .SetProtectedVm(true)
        .SetDebugLevel(DebugLevel.Full)
        .SetMemoryBytes(1 << 28)
        .SetCpuTopology(CpuTopology.MatchHost)
        .SetEncryptedStorageBytes(1 << 20)
        .SetVmOutputCaptured(true)
        .SetVmConsoleInputSupported(true)
        .SetVendorDiskImage("/vendor")
        .AddExtraApk("/extra")
        .SetOs("other");

    public static TheoryData<string, bool> Changes() => new()
    {
        { "memory", true },
        { "topology", true },
        { "apk", true },
        { "vendor path", true },
        { "debug", false },
        { "protected", false },
        { "storage", false },
        { "captured", false },
        { "input", false },
        { "console", false },
        { "vendor", false },
        { "config path", false },
        { "binary", false },
        { "package", false },
        { "os", false },
        { "extra apk", false },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void Only_memory_topology_and_the_apks_path_may_differ(string change, bool compatible)
    {
        VirtualMachineConfig.Builder builder = Full;
        VirtualMachineConfig original = Full.Build();
        VirtualMachineConfig other = change switch
        {
            "memory" => builder.SetMemoryBytes(1).Build(),
            "topology" => builder.SetCpuTopology(CpuTopology.OneCpu).Build(),
            "apk" => builder.SetApkPath("/other").Build(),
            "vendor path" => builder.SetVendorDiskImage("/vendor2").Build(),
            "debug" => Small().Build(),
            "protected" => builder.SetProtectedVm(false).Build(),
            "storage" => builder.SetEncryptedStorageBytes(1 << 21).Build(),
            "captured" => builder.SetVmOutputCaptured(false).Build(),
            "input" => builder.SetVmConsoleInputSupported(false).Build(),
            "console" => Small().SetDebugLevel(DebugLevel.Full).SetConnectVmConsole(true).Build(),
            "vendor" => Small().Build(),
            "config path" => Small(binary: false).SetPayloadConfigPath("assets/c.json").Build(),
            "binary" => builder.SetPayloadBinaryName("lib2.so").Build(),
            "package" => Small().Build(),
            "os" => builder.SetOs("microdroid").Build(),
            _ => builder.AddExtraApk("/extra2").Build(),
        };
        original = change switch
        {
            "vendor" => Small().SetVendorDiskImage("/vendor").Build(),
            "config path" => Small().Build(),
            "package" => Small("org.example.other").Build(),
            "debug" => Small().SetDebugLevel(DebugLevel.Full).Build(),
            "console" => Small().SetDebugLevel(DebugLevel.Full).Build(),
            _ => original,
        };

        Assert.Equal(compatible, original.IsCompatibleWith(other));
        Assert.Equal(compatible, other.IsCompatibleWith(original));
    }

    [Fact]
    public void A_configuration_without_something_mandatory_or_with_what_excludes_itself_is_refused()
    {
        Assert.Equal("SetApkPath must be called", Refusal(new VirtualMachineConfig.Builder().SetPayloadBinaryName("a").SetProtectedVm(false)));
        Assert.Equal("SetPayloadBinaryName must be called", Refusal(Small(binary: false)));
        Assert.Equal(
            "protectedVm must be set explicitly", Refusal(new VirtualMachineConfig.Builder().SetApkPath("/a").SetPayloadBinaryName("a")));
        Assert.Equal("SetPayloadBinaryName and SetPayloadConfigPath may not both be called", Refusal(Small().SetPayloadConfigPath("p")));
        Assert.Equal("SetPayloadConfigPath and AddExtraApk may not both be called", Refusal(Small(binary: false).SetPayloadConfigPath("p").AddExtraApk("/e")));
        Assert.Equal("debug level must be FULL to capture output", Refusal(Small().SetVmOutputCaptured(true)));
        Assert.Equal("debug level must be FULL to use console input", Refusal(Small().SetVmConsoleInputSupported(true)));
        Assert.Equal("debug level must be FULL to connect the console", Refusal(Small().SetConnectVmConsole(true)));
        Assert.Equal(
            "a console that has a terminal is neither captured nor written to by this process",
            Refusal(Small().SetDebugLevel(DebugLevel.Full).SetConnectVmConsole(true).SetVmOutputCaptured(true)));
    }

    [Fact]
    public void A_setter_refuses_a_value_that_no_vm_can_have()
    {
        VirtualMachineConfig.Builder builder = Small();
        Assert.Throws<ArgumentException>(() => builder.SetApkPath("relative.apk"));
        Assert.Throws<ArgumentException>(() => builder.AddExtraApk("relative.apk"));
        Assert.Throws<ArgumentException>(() => builder.SetPayloadBinaryName("../lib.so"));
        Assert.Throws<ArgumentOutOfRangeException>(() => builder.SetMemoryBytes(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => builder.SetMemoryBytes(long.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>(() => builder.SetEncryptedStorageBytes(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => builder.SetDebugLevel((DebugLevel)2));
        Assert.Throws<ArgumentOutOfRangeException>(() => builder.SetCpuTopology((CpuTopology)7));
    }

    [Fact]
    public void A_stored_configuration_comes_back_as_it_was()
    {
        VirtualMachineConfig config = Full.Build();

        VirtualMachineConfig back = StoredConfig.Read(StoredConfig.Write(config), "config.json");

        Assert.Equal(StoredConfig.Write(config), StoredConfig.Write(back));
        Assert.True(config.IsCompatibleWith(back));
        Assert.Equal(config.MemoryBytes, back.MemoryBytes);
        Assert.Equal(config.ApkPath, back.ApkPath);
        Assert.Equal("/vendor", back.VendorDiskImage);
    }

    [Theory]
    [InlineData("", "config.json:1:1: ")]
    [InlineData("null", "config.json is empty")]
    [InlineData("""{"version":2,"apkPath":"/a","os":"o","protectedVm":true,"payloadBinaryName":"b"}""", "config.json has version 2, not 1")]
    [InlineData("""{"version":1,"apkPath":"a","os":"o","protectedVm":true,"payloadBinaryName":"b"}""", "config.json is no configuration of a VM: the APK's path must be absolute: 'a' (Parameter 'path')")]
    [InlineData("""{"version":1,"apkPath":"/a","os":"o","protectedVm":true}""", "config.json is no configuration of a VM: SetPayloadBinaryName must be called")]
    [InlineData("""{"version":1,"apkPath":"/a","os":"o","payloadBinaryName":"b"}""", "config.json:1:62: ")]
    [InlineData("""{"version":1,"apkPath":"/a","os":"o","protectedVm":true,"payloadBinaryName":"b","evil":1}""", "config.json:1:88: evil: ")]
    public void A_stored_configuration_that_somebody_else_wrote_passes_the_same_rules(string json, string expected)
    {
        VirtualMachineException refusal = Assert.Throws<VirtualMachineException>(() => StoredConfig.Read(System.Text.Encoding.UTF8.GetBytes(json), "config.json"));

        Assert.StartsWith(expected, refusal.Message, StringComparison.Ordinal);
    }

    private static VirtualMachineConfig.Builder Small(string package = "", bool binary = true)
    {
        VirtualMachineConfig.Builder builder = new VirtualMachineConfig.Builder(package).SetApkPath("/a").SetProtectedVm(false);
        return binary ? builder.SetPayloadBinaryName("lib.so") : builder;
    }

    private static string Refusal(VirtualMachineConfig.Builder builder) => Assert.Throws<InvalidOperationException>(builder.Build).Message;
}
