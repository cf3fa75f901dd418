using System.Runtime;
using System.Runtime.CompilerServices;

namespace Pvmfw.Platform;

/// <summary>What takes instructions that C# does not have (Native/start.S), and addresses that the linker knows.</summary>
internal static unsafe class Processor
{
    /// <summary>Registers x0 to x7 of a hypervisor call, in memory; x0 to x3 come back.</summary>
    [RuntimeImport("*", "call_hypervisor")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void CallHypervisor(ulong* registers);

    /// <summary>Translates by the tables at that address from now on.</summary>
    [RuntimeImport("*", "use_page_table")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void UsePageTable(ulong root);

    /// <summary>Makes entries that were invalid before visible to the table walker.</summary>
    [RuntimeImport("*", "publish_page_table")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void PublishPageTable();

    /// <summary>Forgets what the walker remembers of entries that were made invalid.</summary>
    [RuntimeImport("*", "forget_translations")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void ForgetTranslations();

    /// <summary>YIELD.</summary>
    [RuntimeImport("*", "pause")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Pause();

    /// <summary>Writes cached data back to memory, for who reads past the caches, and drops it.</summary>
    [RuntimeImport("*", "clean_data_cache")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void CleanDataCache(ulong address, ulong size);

    /// <summary>DMB OSHST: stores before it are seen before those after it.</summary>
    [RuntimeImport("*", "order_stores")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void OrderStores();

    /// <summary>DMB OSHLD: loads before it are done before loads and stores after it.</summary>
    [RuntimeImport("*", "order_loads")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void OrderLoads();

    /// <summary>Wipes the firmware and starts the kernel.</summary>
    [RuntimeImport("*", "hand_over")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void HandOver(ulong fdt, ulong entry);

    /// <summary>The reason word for a fault of the firmware, then a reset; needs no memory.</summary>
    [RuntimeImport("*", "fail")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Fail();

    /// <summary>The generic timer's count.</summary>
    [RuntimeImport("*", "read_counter")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong ReadCounter();

    /// <summary>Counts of the generic timer in a second.</summary>
    [RuntimeImport("*", "read_counter_frequency")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong ReadCounterFrequency();

    /// <summary>ID_AA64ISAR0_EL1.</summary>
    [RuntimeImport("*", "read_isar0")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong ReadIsar0();

    /// <summary>The address of a symbol that is imported as a function.</summary>
    /// <remarks>
    /// Not inlined: where ILC 10.0 sees that an address is one, it folds "number - address" with a value of its own instead of the linker's.
    /// </remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Address(delegate*<void> symbol) => (ulong)symbol;
}
