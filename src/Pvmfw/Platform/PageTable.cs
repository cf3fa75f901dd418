namespace Pvmfw.Platform;

/// <summary>
/// The firmware's address space (Arm ARM, D8.3: 4 KiB granule, 39 bits, three levels): every address means itself, and only what was mapped exists.
/// </summary>
/// <remarks>Blocks of the largest size that fits are used. Tables come from a fixed pool in the scratch memory.</remarks>
public static unsafe class PageTable
{
    private const ulong Valid = 1;
    private const ulong TableOrPage = 2;
    private const ulong AttributeNormal = 1 << 2;
    private const ulong ReadOnly = 1 << 7;
    private const ulong InnerShareable = 3 << 8;
    private const ulong AccessFlag = 1 << 10;
    private const ulong PrivilegedExecuteNever = 1UL << 53;
    private const ulong ExecuteNever = 1UL << 54;
    private const ulong AddressMask = 0x0000fffffffff000;
    private const int EntriesPerTable = 512;
    private const int FirstLevel = 1;
    private const int LastLevel = 3;

    private static ulong s_root;
    private static ulong s_free;

    /// <summary>Replaces the tables of the start by ones in which code, constants, data and the guard below the stack are told apart.</summary>
    internal static void Start()
    {
        s_free = Processor.Address(&LinkerSymbols.PageTables);
        s_root = NewTable();
        ulong constants = Processor.Address(&LinkerSymbols.ConstantsStart);
        ulong guard = Processor.Address(&LinkerSymbols.StackGuard);
        ulong afterGuard = guard + FirmwareLayout.PageSize;
        ulong imageEnd = FirmwareLayout.ImageAddress + FirmwareLayout.ImageSize;
        ulong scratchEnd = FirmwareLayout.ScratchAddress + FirmwareLayout.ScratchSize;
        Map(0, FirmwareLayout.PageSize, PageAccess.Device);
        Map(FirmwareLayout.ImageAddress, constants - FirmwareLayout.ImageAddress, PageAccess.Execute);
        Map(constants, imageEnd - constants, PageAccess.Read);
        Map(FirmwareLayout.ScratchAddress, guard - FirmwareLayout.ScratchAddress, PageAccess.ReadWrite);
        Map(afterGuard, scratchEnd - afterGuard, PageAccess.ReadWrite);
        Processor.UsePageTable(s_root);
    }

    /// <summary>Maps memory or a device's registers, in place of what was mapped there. Ends widen to whole pages.</summary>
    /// <param name="address">The first byte.</param>
    /// <param name="size">Bytes, not 0; address and size end at <see cref="FirmwareLayout.AddressLimit"/> at most.</param>
    /// <param name="access">What may be done there.</param>
    public static void Map(ulong address, ulong size, PageAccess access) => Fill(address, size, Attributes(access) | Valid);

    // An entry of 0 is one of nothing.
    private static void Fill(ulong address, ulong size, ulong attributes)
    {
        if (size == 0 || address >= FirmwareLayout.AddressLimit || size > FirmwareLayout.AddressLimit - address)
        {
            Panic.Stop("mapping outside of the address space"u8);
        }

        ulong end = (address + size + FirmwareLayout.PageSize - 1) & ~(FirmwareLayout.PageSize - 1);
        address &= ~(FirmwareLayout.PageSize - 1);
        while (address < end)
        {
            address = MapOne(address, end, attributes);
        }

        Processor.PublishPageTable();
    }

    /// <summary>Undoes <see cref="Map"/>: an access there is a fault again. Ends widen to whole pages.</summary>
    /// <param name="address">The first byte.</param>
    /// <param name="size">Bytes, not 0; address and size end at <see cref="FirmwareLayout.AddressLimit"/> at most.</param>
    public static void Unmap(ulong address, ulong size) => Fill(address, size, 0);

    // Maps the largest block at the address that fits, and returns where it ends.
    private static ulong MapOne(ulong address, ulong end, ulong attributes)
    {
        ulong* table = (ulong*)s_root;
        for (int level = FirstLevel; ; level++)
        {
            ulong span = FirmwareLayout.PageSize << (9 * (LastLevel - level));
            ulong* entry = table + (int)((address / span) % EntriesPerTable);
            bool isTable = level < LastLevel && (*entry & (Valid | TableOrPage)) == (Valid | TableOrPage);
            if (address % span == 0 && end - address >= span && !isTable)
            {
                Replace(entry, attributes == 0 ? 0 : address | attributes | (level == LastLevel ? TableOrPage : 0));
                return address + span;
            }

            if (!isTable)
            {
                Split(entry, address & ~(span - 1), level);
            }

            table = (ulong*)(*entry & AddressMask);
        }
    }

    // Puts a table in the place of a block, or of nothing, that translates the same.
    private static void Split(ulong* entry, ulong address, int level)
    {
        ulong old = *entry;
        ulong table = NewTable();
        if ((old & Valid) != 0)
        {
            ulong span = FirmwareLayout.PageSize << (9 * (LastLevel - level - 1));
            ulong attributes = (old & ~AddressMask & ~(Valid | TableOrPage)) | Valid | (level + 1 == LastLevel ? TableOrPage : 0);
            for (int index = 0; index < EntriesPerTable; index++)
            {
                ((ulong*)table)[index] = (address + ((ulong)index * span)) | attributes;
            }
        }

        Replace(entry, table | Valid | TableOrPage);
    }

    // Break before make (Arm ARM, D8.16): no walker may see two translations of one address. What the firmware itself stands on is never replaced.
    private static void Replace(ulong* entry, ulong value)
    {
        if ((*entry & Valid) != 0)
        {
            *entry = 0;
            Processor.ForgetTranslations();
        }

        *entry = value;
    }

    private static ulong NewTable()
    {
        if (s_free >= Processor.Address(&LinkerSymbols.PageTablesEnd))
        {
            Panic.Stop("out of page tables"u8);
        }

        ulong table = s_free;
        s_free += FirmwareLayout.PageSize;
        new Span<byte>((void*)table, (int)FirmwareLayout.PageSize).Clear();
        return table;
    }

    private static ulong Attributes(PageAccess access) => AccessFlag | access switch
    {
        PageAccess.Read => AttributeNormal | InnerShareable | ReadOnly | PrivilegedExecuteNever | ExecuteNever,
        PageAccess.ReadWrite => AttributeNormal | InnerShareable | PrivilegedExecuteNever | ExecuteNever,
        PageAccess.Execute => AttributeNormal | InnerShareable | ReadOnly | ExecuteNever,
        _ => PrivilegedExecuteNever | ExecuteNever,
    };
}
