namespace BootLoader.Avb.Slots;

/// <summary>Ends a walk over a slot.</summary>
internal sealed class SlotVerificationException(SlotVerdict verdict, string reason) : Exception(reason)
{
    public SlotVerdict Verdict { get; } = verdict;
}
