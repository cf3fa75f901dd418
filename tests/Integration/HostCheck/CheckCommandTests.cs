using System.Text.Json;
using Integration.Hosts;

namespace Integration.HostCheck;

/// <summary><c>vmm check</c> on a host without pKVM.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class CheckCommandTests(PlainKvm plain) : HostTests(plain.Host)
{
    [Fact]
    public async Task The_report_for_people_says_what_this_host_can_run_and_what_pkvm_would_protect()
    {
        CommandResult check = await Work.Run("./vmm check </dev/null");

        check.ShouldExitWith(0);
        Assert.Equal("", check.Error);
        Assert.Matches("(?m)^ok +kvm +/dev/kvm", check.Output);
        Assert.Matches("(?m)^This host can run VMs: yes. Protected VMs: (yes|no).$", check.Output);
        Assert.Contains("What pKVM protects: memory: yes. vCPU registers, launch measurement and DMA: not yet, upstream.", check.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_report_for_programs_agrees_with_what_the_host_does()
    {
        CommandResult check = await Work.Run("./vmm check --json </dev/null");

        check.ShouldExitWith(0);
        using var report = JsonDocument.Parse(check.Output);
        Dictionary<string, string> findings = report.RootElement.GetProperty("findings").EnumerateArray()
            .ToDictionary(finding => finding.GetProperty("id").GetString()!, finding => finding.GetProperty("result").GetString()!);
        Assert.True(report.RootElement.GetProperty("canRun").GetBoolean());
        Assert.Equal("ok", findings["kvm"]);
        bool canProtect = report.RootElement.GetProperty("canRunProtected").GetBoolean();
        CommandResult attempt = await Work.Run("./vmm run --protected-vm-without-firmware --swiotlb 0 guests/poweroff.img </dev/null");
        Assert.Equal(canProtect, attempt.ExitCode == 0);
    }
}
