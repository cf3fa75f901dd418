namespace Vmm.Control;

/// <summary>An answer that is to come from the guest. The control thread looks for it whenever something has changed, and never waits for it.</summary>
/// <param name="Look">Gives the answer once there is one.</param>
/// <param name="Limit">How long the guest has.</param>
/// <param name="Late">The answer when it had it.</param>
internal sealed record PendingAnswer(Func<ControlResponse?> Look, TimeSpan Limit, Func<ControlResponse> Late);
