namespace Integration.Hosts;

/// <summary>Tests on one host; each has a workspace, which is gone with the test.</summary>
public abstract class HostTests : IAsyncLifetime
{
    private protected HostTests(KvmHost host) => Work = new Workspace(host);

    private protected Workspace Work { get; }

    /// <inheritdoc/>
    public virtual Task InitializeAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task DisposeAsync() => await Work.DisposeAsync();
}
