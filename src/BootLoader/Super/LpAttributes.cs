namespace BootLoader.Super;

/// <summary>What a logical partition is (liblp, LP_PARTITION_ATTR_…).</summary>
[Flags]
public enum LpAttributes : uint
{
    /// <summary>Nothing special.</summary>
    None = 0,

    /// <summary>It is not written to.</summary>
    Readonly = 1,

    /// <summary>The slot's suffix has to be added to its name.</summary>
    SlotSuffixed = 2,

    /// <summary>An update made or changed it.</summary>
    Updated = 4,

    /// <summary>It is not to be used.</summary>
    Disabled = 8,
}
