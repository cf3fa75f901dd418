namespace VirtualizationService.Cids;

/// <summary>The addresses (CIDs) of guests whose VMs virtualizationservice starts. Source: AVF, android/virtualizationservice/src/aidl.rs.</summary>
public static class CidRange
{
    /// <summary>The first one.</summary>
    public const uint First = 2048;

    /// <summary>The last one.</summary>
    public const uint Last = 65535;

    /// <summary>How many there are.</summary>
    public const int Count = (int)(Last - First + 1);

    /// <summary>The one behind another, after the last the first; the first behind anything outside.</summary>
    public static uint After(uint cid) => cid is >= First and < Last ? cid + 1 : First;
}
