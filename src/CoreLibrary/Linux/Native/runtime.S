// What the compiled code asks for by name, and C# cannot say. Methods that C calls enter and leave no runtime: there is none.
        .text
        .global RhpReversePInvoke, RhpReversePInvokeReturn, RhpFallbackFailFast
        .hidden RhpReversePInvoke, RhpReversePInvokeReturn, RhpFallbackFailFast
RhpReversePInvoke:
RhpReversePInvokeReturn:
        ret
RhpFallbackFailFast:                            // referenced by the compiler's start-up code for libraries, which does not run
        brk     #1

        .bss
        .balign 8
        .global __security_cookie
        .hidden __security_cookie
__security_cookie:                              // guards frames; random before the first frame that has one
        .skip   8

        .section .note.GNU-stack, "", %progbits
