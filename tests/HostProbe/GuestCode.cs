using System.Runtime.InteropServices;

namespace HostProbe;

/// <summary>Guest programs in A64 machine code. X0 holds <see cref="ProbeVm.MmioBase"/>, an address without memory.</summary>
internal static class GuestCode
{
    /// <summary>Stores 0x1234 at +0, loads from +8, stores what it got at +16, powers off by PSCI.</summary>
    internal static ReadOnlySpan<byte> StoreLoadOff => MemoryMarshal.AsBytes(s_storeLoadOff);

    /// <summary>Stores 1, 2, 3 … at +0 for ever.</summary>
    internal static ReadOnlySpan<byte> StoreForEver => MemoryMarshal.AsBytes(s_storeForEver);

    /// <summary>Jumps to itself.</summary>
    internal static ReadOnlySpan<byte> Spin => MemoryMarshal.AsBytes(s_spin);

    /// <summary>
    /// Writes 0x5ec2 to its page at 0x80100000 and stops at +0; asks for the page at 0x80200000 to be shared and reports the answer at +8; writes
    /// 0x5ec2 there and stops at +16; reports the first page's word at +24 and the second's at +32; powers off.
    /// </summary>
    internal static ReadOnlySpan<byte> Secret => MemoryMarshal.AsBytes(s_secret);

    private static readonly uint[] s_storeLoadOff =
    [
        0xd2824681, // mov x1, #0x1234
        0xf9000001, // str x1, [x0]
        0xf9400402, // ldr x2, [x0, #8]
        0xf9000802, // str x2, [x0, #16]
        0x52800100, // mov w0, #0x8
        0x72b08000, // movk w0, #0x8400, lsl #16    PSCI SYSTEM_OFF
        0xd4000002, // hvc #0
        0x14000000, // b .
    ];

    private static readonly uint[] s_storeForEver =
    [
        0xd2800021, // mov x1, #1
        0xb9000001, // str w1, [x0]
        0x91000421, // add x1, x1, #1
        0x17fffffe, // b .-8
    ];

    private static readonly uint[] s_spin =
    [
        0x14000000, // b .
    ];

    private static readonly uint[] s_secret =
    [
        0xaa0003f3, // mov x19, x0
        0xd2b00214, // mov x20, #0x80100000
        0xd2b00415, // mov x21, #0x80200000
        0xd28bd856, // mov x22, #0x5ec2
        0xf9000296, // str x22, [x20]
        0xd5033f9f, // dsb sy
        0xf900027f, // str xzr, [x19]
        0x52800060, // mov w0, #3
        0x72b8c000, // movk w0, #0xc600, lsl #16    KVM's MEM_SHARE
        0xaa1503e1, // mov x1, x21
        0xaa1f03e2, // mov x2, xzr
        0xaa1f03e3, // mov x3, xzr
        0xd4000002, // hvc #0
        0xf9000660, // str x0, [x19, #8]
        0xf90002b6, // str x22, [x21]
        0xd5033f9f, // dsb sy
        0xf9000a7f, // str xzr, [x19, #16]
        0xf9400281, // ldr x1, [x20]
        0xf9000e61, // str x1, [x19, #24]
        0xf94002a1, // ldr x1, [x21]
        0xf9001261, // str x1, [x19, #32]
        0x52800100, // mov w0, #0x8
        0x72b08000, // movk w0, #0x8400, lsl #16    PSCI SYSTEM_OFF
        0xd4000002, // hvc #0
        0x14000000, // b .
    ];
}
