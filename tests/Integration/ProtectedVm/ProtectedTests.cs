using Integration.Hosts;

namespace Integration.ProtectedVm;

/// <summary>Tests that need a host which can protect VMs; skipped where there is none.</summary>
public abstract class ProtectedTests : HostTests
{
    private readonly ProtectedKvm _pkvm;

    private protected ProtectedTests(ProtectedKvm pkvm)
        : base(pkvm.Host) => _pkvm = pkvm;

    /// <inheritdoc/>
    public override Task InitializeAsync()
    {
        _pkvm.Require();
        return base.InitializeAsync();
    }
}
