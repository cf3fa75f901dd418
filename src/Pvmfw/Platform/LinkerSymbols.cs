using System.Runtime;
using System.Runtime.CompilerServices;

namespace Pvmfw.Platform;

/// <summary>Places that the linker knows. They are no functions: only their addresses mean something (<see cref="Processor.Address"/>).</summary>
internal static class LinkerSymbols
{
    [RuntimeImport("*", "__constants_start")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void ConstantsStart();

    [RuntimeImport("*", "__image_end")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void ImageEnd();

    [RuntimeImport("*", "__page_tables")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void PageTables();

    [RuntimeImport("*", "__page_tables_end")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void PageTablesEnd();

    [RuntimeImport("*", "__work_area")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void WorkArea();

    [RuntimeImport("*", "__work_area_end")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void WorkAreaEnd();

    [RuntimeImport("*", "__dma_pages")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void DmaPages();

    [RuntimeImport("*", "__stack_guard")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void StackGuard();

    [RuntimeImport("*", "embedded_key")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void EmbeddedKey();

    [RuntimeImport("*", "embedded_key_end")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void EmbeddedKeyEnd();
}
