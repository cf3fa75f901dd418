// The start of a program that is linked with nothing: the stack is as Linux leaves it (fs/binfmt_elf.c, create_elf_tables):
// argc, argv and a NULL, the environment and a NULL, pairs of the auxiliary vector up to AT_NULL.

#define AT_NULL         0
#define AT_RANDOM       25              // 16 random bytes
#define SYS_exit_group  94

        .text
        .global _start
        .type   _start, %function
_start:
        mov     x29, xzr
        mov     x30, xzr
        ldr     x0, [sp]
        add     x1, sp, #8
        add     x2, x1, x0, lsl #3
        add     x2, x2, #8                      // the environment
        mov     x3, x2
1:      ldr     x4, [x3], #8
        cbnz    x4, 1b
2:      ldp     x4, x5, [x3], #16
        cmp     x4, #AT_NULL
        b.eq    3f
        cmp     x4, #AT_RANDOM
        b.ne    2b
        ldp     x5, x7, [x5]
        adrp    x6, __security_cookie
        str     x5, [x6, :lo12:__security_cookie]
        and     x7, x7, #~0xff                  // its first byte in memory is 0, so that a string stops before it
        adrp    x6, __stack_chk_guard
        str     x7, [x6, :lo12:__stack_chk_guard]
3:      and     x6, x1, #~15
        mov     sp, x6
        bl      program_main                    // int program_main(long argc, byte** argv, byte** environment), by the program
        mov     x8, #SYS_exit_group
        svc     #0
        brk     #1
        .size   _start, . - _start

        .bss
        .balign 8
        .global __stack_chk_guard
__stack_chk_guard:                              // C libraries' (-fstack-protector-strong)
        .skip   8

        .section .note.GNU-stack, "", %progbits
