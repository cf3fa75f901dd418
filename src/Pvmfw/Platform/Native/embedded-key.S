// The key that kernels must be signed with: its AVB public key blob (libavb, avb_crypto.h).
        .section .rodata
        .balign 16
        .global embedded_key, embedded_key_end
embedded_key:
        .incbin "guest.avbpubkey"
embedded_key_end:
        .section .note.GNU-stack, "", %progbits
