// The firmware's first and last instructions, and what C# cannot say. Register use is that of AAPCS64 unless a comment says otherwise.
//
// Nothing is written while the MMU is off: the first page tables are constants of the image. So no cache line can disagree with memory, whatever
// the host did before: what it wrote through its cacheable mapping is seen through ours, and KVM cleans a page to the point of coherency before
// it gives it to a guest that does not force write-back (Linux, arch/arm64/kvm: clean_dcache_guest_page), so the instructions are there too.

#include "layout.h"

#define SCTLR_RES1      0x30d00800      // LSMAOE, nTLSMD, SPAN, EIS, TSCXT, EOS
#define SCTLR_AT_REST   (SCTLR_RES1 | 1 << 12 | 1 << 8 | 1 << 7)                        // I, SED, ITD
#define SCTLR_RUNNING   (SCTLR_AT_REST | 1 << 19 | 1 << 3 | 1 << 2 | 1 << 0)            // WXN, SA, C, M
#define MAIR            0xff04          // attribute 0: device nGnRE; 1: normal, write-back
#define TCR             0x803519        // T0SZ 25 (39 bits), write-back inner shareable walks, 4 KiB pages, no TTBR1
#define SMCCC_TRNG_VERSION      0x84000050
#define SMCCC_TRNG_RND64        0xc4000053
#define PSCI_SYSTEM_RESET       0x84000009

        .macro address register, symbol
        adrp    \register, \symbol
        add     \register, \register, :lo12:\symbol
        .endm

        .macro constant register, value
        movz    \register, #(\value & 0xffff)
        movk    \register, #((\value >> 16) & 0xffff), lsl #16
        .endm

        .section .start, "ax"
        .global _start
_start:
        mov     x19, x0                         // the device tree
        adr     x1, _start
        constant x2, IMAGE_ADDRESS
        cmp     x1, x2                          // linked to this place; nothing is relocated
        b.ne    fail_without_mmu
        ldr     x1, =MAIR
        msr     mair_el1, x1
        mrs     x2, id_aa64mmfr0_el1            // PARange: as many address bits as there are, 48 at most
        and     x2, x2, #15
        mov     x3, #5
        cmp     x2, x3
        csel    x2, x2, x3, lo
        ldr     x1, =TCR
        orr     x1, x1, x2, lsl #32
        msr     tcr_el1, x1
        address x1, boot_tables
        msr     ttbr0_el1, x1
        address x1, last_vectors                // until there is a stack
        msr     vbar_el1, x1
        isb
        tlbi    vmalle1
        dsb     nsh
        ic      iallu
        dsb     nsh
        isb
        ldr     x1, =SCTLR_RUNNING
        msr     sctlr_el1, x1
        isb
        mov     x1, #(3 << 20)                  // FPEN: compiled code copies with vector registers
        msr     cpacr_el1, x1
        isb

        address x1, __data_start                // initialised data to where it can be written
        address x2, __data_end
        address x3, __data_load
1:      cmp     x1, x2
        b.hs    2f
        ldp     x4, x5, [x3], #16
        stp     x4, x5, [x1], #16
        b       1b
2:      address x1, __bss_start
        address x2, __bss_end
3:      cmp     x1, x2
        b.hs    4f
        stp     xzr, xzr, [x1], #16
        b       3b
4:
        constant x0, SMCCC_TRNG_VERSION         // the canaries are random before there is any frame to guard
        hvc     #0
        cmp     w0, #0                          // NOT_SUPPORTED and other errors are negative
        b.lt    fail
        constant x1, 0x10000
        cmp     w0, w1
        b.lo    fail
        mov     w20, #1000                      // NO_ENTROPY means: later
5:      constant x0, SMCCC_TRNG_RND64
        mov     x1, #128
        hvc     #0
        cbz     x0, 6f
        subs    w20, w20, #1
        b.ne    5b
        b       fail
6:      address x0, __security_cookie
        str     x3, [x0]
        address x0, __stack_chk_guard
        and     x2, x2, #~0xff                  // its first byte in memory is 0, so that a string stops before it
        str     x2, [x0]

        address x1, __stack_top
        mov     sp, x1
        address x1, vectors
        msr     vbar_el1, x1
        isb
        mov     x0, x19
        mov     x19, xzr
        mov     x29, xzr
        bl      firmware_main
        b       fail

// void call_hypervisor(ulong* registers): x0 to x7 from there, HVC, x0 to x3 back there (SMCCC 1.1: the others are kept).
        .text
        .global call_hypervisor
call_hypervisor:
        stp     x29, x30, [sp, #-16]!
        mov     x29, sp
        mov     x8, x0
        ldp     x0, x1, [x8]
        ldp     x2, x3, [x8, #16]
        ldp     x4, x5, [x8, #32]
        ldp     x6, x7, [x8, #48]
        hvc     #0
        stp     x0, x1, [x8]
        stp     x2, x3, [x8, #16]
        ldp     x29, x30, [sp], #16
        ret

// void use_page_table(ulong root): from now on, addresses are translated by these.
        .global use_page_table
use_page_table:
        dsb     ishst
        msr     ttbr0_el1, x0
        isb
        tlbi    vmalle1
        dsb     nsh
        isb
        ret

// void publish_page_table(): what was added to the tables in use is there for the next access.
        .global publish_page_table
publish_page_table:
        dsb     ishst
        isb
        ret

// void forget_translations(): after an entry in use was made invalid.
        .global forget_translations
forget_translations:
        dsb     ishst
        tlbi    vmalle1
        dsb     nsh
        isb
        ret

// void pause(): nothing to do now.
        .global pause
pause:
        yield
        ret

// void clean_data_cache(ulong address, ulong size): to the point of coherency, for who reads past the caches.
        .global clean_data_cache
clean_data_cache:
        add     x1, x1, x0
        mrs     x2, ctr_el0                     // DminLine: words in the smallest line, as a power of two
        ubfx    x2, x2, #16, #4
        mov     x3, #4
        lsl     x3, x3, x2
        sub     x4, x3, #1
        bic     x0, x0, x4
1:      cmp     x0, x1
        b.hs    2f
        dc      civac, x0
        add     x0, x0, x3
        b       1b
2:      dsb     sy
        ret

// void order_stores(), void order_loads(): for devices, which lie in the outer shareable domain.
        .global order_stores, order_loads
order_stores:
        dmb     oshst
        ret
order_loads:
        dmb     oshld
        ret

// ulong read_counter(), ulong read_counter_frequency(), ulong read_isar0()
        .global read_counter, read_counter_frequency, read_isar0
read_counter:
        isb
        mrs     x0, cntvct_el0
        ret
read_counter_frequency:
        mrs     x0, cntfrq_el0
        ret
read_isar0:
        mrs     x0, id_aa64isar0_el1
        ret

// void hand_over(ulong fdt, ulong entry): the firmware's end. Nothing of it is left but the page with the next stage's secrets.
        .global hand_over
hand_over:
        mov     x19, x0
        mov     x20, x1
        address x0, boot_tables                 // the tables in the scratch memory are about to be zeros
        bl      use_page_table
        constant x0, SCRATCH_ADDRESS
        constant x1, HANDOVER_ADDRESS
        constant x3, (SCRATCH_ADDRESS + SCRATCH_SIZE)
1:      stp     xzr, xzr, [x0], #16
        stp     xzr, xzr, [x0], #16
        cmp     x0, x1
        b.lo    1b
        add     x0, x1, #4096
2:      cmp     x0, x3
        b.hs    3f
        stp     xzr, xzr, [x0], #16
        stp     xzr, xzr, [x0], #16
        b       2b
3:      constant x0, SCRATCH_ADDRESS            // the hand-over page with it: the kernel maps that uncached
        constant x1, SCRATCH_SIZE
        bl      clean_data_cache
        constant x0, IMAGE_ADDRESS              // the configuration data, which is zeros now
        constant x1, IMAGE_SIZE
        bl      clean_data_cache
        ldr     x0, =SCTLR_AT_REST
        msr     sctlr_el1, x0
        isb
        ic      iallu
        tlbi    vmalle1
        dsb     nsh
        isb
        .irp    number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        movi    v\number\().2d, #0
        .endr
        msr     fpsr, xzr
        msr     fpcr, xzr
        msr     cpacr_el1, xzr
        msr     vbar_el1, xzr
        msr     ttbr0_el1, xzr
        msr     elr_el1, xzr
        msr     spsr_el1, xzr
        msr     esr_el1, xzr
        msr     far_el1, xzr
        isb
        mov     x0, x19
        mov     x30, x20
        .irp    number, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29
        mov     x\number, xzr
        .endr
        mov     sp, x1
        br      x30

// void fail(): the reason word that needs nothing of the firmware to work, then a reset.
        .global fail, RhpFallbackFailFast, RhpReversePInvoke, RhpReversePInvokeReturn
RhpFallbackFailFast:                            // referenced by the compiler's start-up code for libraries, which does not run
RhpReversePInvoke:
RhpReversePInvokeReturn:
fail:
fail_without_mmu:
        mov     x1, #FAILURE_UART
        adr     x2, failure_line
1:      ldrb    w3, [x2], #1
        cbz     w3, 2f
        strb    w3, [x1]
        b       1b
2:      constant x0, PSCI_SYSTEM_RESET
        hvc     #0
3:      wfi
        b       3b
failure_line:
        .asciz  "\nPVM_FIRMWARE_INTERNAL_ERROR\n"
        .balign 4

// A fault of the firmware itself: told by C# on a stack of its own; a fault on the way there ends without C#.
fault:
        address x0, last_vectors
        msr     vbar_el1, x0
        isb
        address x0, __fault_stack_top
        mov     sp, x0
        mrs     x0, esr_el1
        mrs     x1, elr_el1
        mrs     x2, far_el1
        bl      firmware_fault
        b       fail
        .ltorg

        .balign 2048
vectors:
        .rept   16
        b       fault
        .balign 128
        .endr
        .balign 2048
last_vectors:
        .rept   16
        b       fail
        .balign 128
        .endr

// Block descriptors: access flag 1 << 10, inner shareable 3 << 8, attribute index << 2, read-only 1 << 7, UXN 1 << 54, PXN 1 << 53.
        .section .boot_tables, "a"
        .balign 4096
boot_tables:                                    // level 1: 1 GiB an entry
        .quad   boot_devices + 3
        .quad   boot_firmware + 3
        .fill   510, 8, 0
boot_devices:                                   // level 2: 2 MiB an entry. The UARTs.
        .quad   0x60000000000401
        .fill   511, 8, 0
boot_firmware:                                  // 1 to 2 GiB: its last two entries are the image and the scratch memory
        .fill   510, 8, 0
        .quad   0x40000000000785 + IMAGE_ADDRESS
        .quad   0x60000000000705 + SCRATCH_ADDRESS

        .data
        .balign 8
        .global __security_cookie, __stack_chk_guard
__security_cookie: .quad 0                      // C#'s
__stack_chk_guard: .quad 0                      // the C libraries' (-fstack-protector-strong)

        .section .note.GNU-stack, "", %progbits
