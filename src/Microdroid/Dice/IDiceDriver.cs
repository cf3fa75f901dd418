using Kvm.Interop.Memory;

namespace Microdroid.Dice;

/// <summary>The hand-over that the firmware left for the guest.</summary>
internal interface IDiceDriver
{
    /// <summary>Whether there is one.</summary>
    bool IsPresent { get; }

    /// <summary>Copies the region that holds it. The caller disposes the copy.</summary>
    LockedMemory Read();

    /// <summary>Wipes the region, and makes sure that it is.</summary>
    void Wipe();
}
