// For what libc's loader loads: the guard of frames gets its random value before any C# runs.

#define SYS_getrandom   278

        .text
        .type   fill_security_cookie, %function
fill_security_cookie:
        adrp    x0, __security_cookie
        add     x0, x0, :lo12:__security_cookie
        mov     x1, #8
        mov     x2, #0
        mov     x8, #SYS_getrandom
        svc     #0
        cmp     x0, #8
        b.ne    1f
        ret
1:      brk     #1                              // Linux gives up to 256 bytes whole
        .size   fill_security_cookie, . - fill_security_cookie

        .section .init_array, "aw", %init_array
        .balign 8
        .quad   fill_security_cookie

        .section .note.GNU-stack, "", %progbits
