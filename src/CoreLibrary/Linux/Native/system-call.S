// long system_call(number, six arguments): registers other than X0 are kept by the kernel.
        .text
        .global system_call
        .hidden system_call
        .type   system_call, %function
system_call:
        mov     x8, x0
        mov     x0, x1
        mov     x1, x2
        mov     x2, x3
        mov     x3, x4
        mov     x4, x5
        mov     x5, x6
        svc     #0
        ret
        .size   system_call, . - system_call

        .section .note.GNU-stack, "", %progbits
