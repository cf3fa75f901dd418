using System.Text.Json;

namespace Integration.Hosts;

/// <summary>One pKVM host (<c>kvm-arm.mode=protected</c>), shared by every test of protected VMs.</summary>
public sealed class ProtectedKvm : IAsyncLifetime
{
    private string? _reason;

    internal KvmHost Host { get; private set; } = null!;

    /// <summary>Skips the test where this host cannot protect a VM, with the host's own reason.</summary>
    public void Require() => Skip.If(_reason is not null, _reason);

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        if (!LocalHost.IsUsable)
        {
            Host = await EmulatedHost.Boot(isProtected: true);
            return;
        }

        Host = new LocalHost();
        await using var workspace = new Workspace(Host);
        CommandResult check = await workspace.Run("./vmm check --json");
        using var report = JsonDocument.Parse(check.Output);
        if (!report.RootElement.GetProperty("canRunProtected").GetBoolean())
        {
            _reason = "this host cannot protect VMs (vmm check says why)";
        }
    }

    /// <inheritdoc/>
    public async Task DisposeAsync() => await Host.DisposeAsync();
}
