using System.Runtime.InteropServices;
using System.Text.Json;
using Vmm.HostCheck;

namespace Vmm.Tests.HostCheck;

public sealed class HostProbeTests
{
    [Fact]
    public void A_host_of_another_architecture_can_run_nothing_and_is_told_why()
    {
        var report = new HostProbe { Architecture = Architecture.X64 }.Run();
        Assert.False(report.CanRun);
        Assert.False(report.CanRunProtected);
        var architecture = report.Findings[0];
        Assert.Equal(("architecture", FindingResult.No), (architecture.Id, architecture.Result));
        Assert.Contains("ARM64 host", architecture.Value, StringComparison.Ordinal);
        Assert.DoesNotContain(report.Findings, static finding => finding.Id is "kvm" or "pkvm");
    }

    [Fact]
    public void A_host_without_kvm_is_told_so_and_what_to_do()
    {
        var report = new HostProbe { Architecture = Architecture.Arm64, KvmPath = "/nonexistent/kvm" }.Run();
        Assert.False(report.CanRun);
        var kvm = Assert.Single(report.Findings, static finding => finding.Id == "kvm");
        Assert.Equal(FindingResult.No, kvm.Result);
        Assert.Equal("/nonexistent/kvm: No such file or directory", kvm.Value);
        Assert.Contains("KVM is missing", kvm.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_that_is_not_kvm_is_told_as_such()
    {
        var report = new HostProbe { Architecture = Architecture.Arm64, KvmPath = "/dev/null" }.Run();
        Assert.False(report.CanRun);
        Assert.Contains("not the kernel's KVM device", Assert.Single(report.Findings, static finding => finding.Id == "kvm").Hint, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Every_look_at_a_kvm_ends_in_a_finding_even_where_nothing_is_supported()
    {
        Skip.IfNot(File.Exists("/dev/kvm"), "this machine has no KVM");
        var report = new HostProbe { Architecture = Architecture.Arm64 }.Run();
        string[] expected =
        [
            "architecture", "kernel", "kvm", "vcpus", "ipa", "gicv3", "gicv2", "its", "sve", "pmu", "pauth", "mte", "pvtime", "nested", "pkvm",
            "memlock", "hugepages", "vhost-vsock", "vhost-net", "tun",
        ];
        Assert.Equal(expected, report.Findings.Select(static finding => finding.Id));
    }

    [Fact]
    public void The_json_has_the_documented_shape()
    {
        var (status, output, error) = VmmProcess.Run("check", "--json");
        Assert.Equal("", error);
        using var json = JsonDocument.Parse(output);
        var root = json.RootElement;
        Assert.Equal(
            ["schema", "version", "canRun", "canRunProtected", "findings", "pkvm", "firmware"],
            root.EnumerateObject().Select(static member => member.Name));
        Assert.Equal(1, root.GetProperty("schema").GetInt32());
        Assert.Equal(root.GetProperty("canRun").GetBoolean() ? 0 : 1, status);
        foreach (var finding in root.GetProperty("findings").EnumerateArray())
        {
            Assert.Matches("^[a-z0-9-]+$", finding.GetProperty("id").GetString());
            Assert.Contains(finding.GetProperty("result").GetString(), (string[])["ok", "warn", "no"]);
            Assert.NotEqual("", finding.GetProperty("value").GetString());
        }

        Assert.Equal(["memory"], root.GetProperty("pkvm").GetProperty("protected").EnumerateArray().Select(static item => item.GetString()));
        Assert.Equal(
            ["vCPU registers", "launch measurement", "DMA"],
            root.GetProperty("pkvm").GetProperty("notYet").EnumerateArray().Select(static item => item.GetString()));
        Assert.Equal(
            ["kernel or initrd that its key did not sign", "device tree against its rules", "changed instance image"],
            root.GetProperty("firmware").GetProperty("refused").EnumerateArray().Select(static item => item.GetString()));
        Assert.Equal(
            ["host that loads another firmware", "host that reads the device secret", "older or empty instance image"],
            root.GetProperty("firmware").GetProperty("notHeldOff").EnumerateArray().Select(static item => item.GetString()));
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("docs/threat-model.md")]
    public void The_pages_say_in_the_same_words_what_is_protected_refused_and_not_held_off(string page)
    {
        string text = File.ReadAllText(Repository.Path(page));

        Assert.All(PkvmClaims.Mainline.Protected, item => Assert.Contains($"**{item}: yes.**", text, StringComparison.Ordinal));
        Assert.All(PkvmClaims.Mainline.NotYet, item => Assert.Contains($"**{item}: not yet.**", text, StringComparison.Ordinal));
        Assert.All(FirmwareClaims.Mainline.Refused, item => Assert.Contains(item, text, StringComparison.Ordinal));
        Assert.All(FirmwareClaims.Mainline.NotHeldOff, item => Assert.Contains(item, text, StringComparison.Ordinal));
    }

    [Fact]
    public void The_text_says_what_pkvm_does_not_protect_and_has_no_colours_in_a_pipe()
    {
        var output = VmmProcess.Run("check").Output;
        Assert.Contains("memory: yes. vCPU registers, launch measurement and DMA: not yet, upstream.", output, StringComparison.Ordinal);
        Assert.Contains("What the firmware refuses: kernel or initrd that its key did not sign, ", output, StringComparison.Ordinal);
        Assert.Contains("What it does not hold off: host that loads another firmware, ", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', output);
    }

    [Fact]
    public void Columns_line_up_with_and_without_colours()
    {
        var report = new HostReport
        {
            Version = "1",
            CanRun = true,
            CanRunProtected = false,
            Findings =
            [
                new("kvm", FindingResult.Ok, "first"),
                new("memlock", FindingResult.Warn, "second") { Hint = "do this" },
                new("pkvm", FindingResult.No, "third"),
            ],
        };
        const string Expected = """
            ok    kvm      first
            warn  memlock  second
                           do this
            no    pkvm     third

            This host can run VMs: yes. Protected VMs: no.
            What pKVM protects: memory: yes. vCPU registers, launch measurement and DMA: not yet, upstream.
            What the firmware refuses: kernel or initrd that its key did not sign, device tree against its rules, changed instance image.
            What it does not hold off: host that loads another firmware, host that reads the device secret, older or empty instance image.

            """;
        Assert.Equal(Expected, Text(report, isColored: false));
        Assert.Equal(Expected, Text(report, isColored: true).Replace("\u001b[32m", "", StringComparison.Ordinal)
            .Replace("\u001b[33m", "", StringComparison.Ordinal).Replace("\u001b[31m", "", StringComparison.Ordinal)
            .Replace("\u001b[0m", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("6.12.41+deb13-arm64", "quiet", "needs Linux 7.1 or later, booted with kvm-arm.mode=protected; this is 6.12.41+deb13-arm64")]
    [InlineData("7.0-rc1", "quiet kvm-arm.mode=protected", "needs Linux 7.1 or later; this is 7.0-rc1")]
    [InlineData("7.3.4", "quiet", "boot the host with kvm-arm.mode=protected")]
    [InlineData("7.3.4", "kvm-arm.mode=protected", "the host is booted with kvm-arm.mode=protected, but the kernel refuses: look for \"kvm\" in its log")]
    [InlineData("", "", "boot the host with kvm-arm.mode=protected")]
    public void The_reason_for_no_protected_vms_is_the_one_to_change(string release, string commandLine, string expected) =>
        Assert.Equal(expected, PkvmHint.For(release, commandLine, new Version(7, 1)));

    private static string Text(HostReport report, bool isColored)
    {
        using var output = new StringWriter();
        HostReportText.Write(output, report, isColored);
        return output.ToString();
    }
}
