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
        CommandResult check = await Host.Run("./vmm check --json");
        using var report = System.Text.Json.JsonDocument.Parse(check.Output);
        System.Text.Json.JsonElement protectedVms = report.RootElement.GetProperty("protectedVms");
        if (!protectedVms.GetProperty("available").GetBoolean())
        {
            _reason = protectedVms.GetProperty("detail").GetString();
        }
    }

    /// <inheritdoc/>
    public async Task DisposeAsync() => await Host.DisposeAsync();
}
