namespace Integration.Hosts;

/// <summary>One KVM host without pKVM, shared by every test that needs nothing more.</summary>
public sealed class PlainKvm : IAsyncLifetime
{
    internal KvmHost Host { get; private set; } = null!;

    /// <inheritdoc/>
    public async Task InitializeAsync() => Host = LocalHost.IsUsable ? new LocalHost() : await EmulatedHost.Boot(isProtected: false);

    /// <inheritdoc/>
    public async Task DisposeAsync() => await Host.DisposeAsync();
}
