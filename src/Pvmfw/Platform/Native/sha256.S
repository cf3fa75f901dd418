// SHA-256 (FIPS 180-4, 6.2.2) by the instructions of FEAT_SHA256: who calls has looked whether they are there.
        .arch   armv8-a+crypto

// Four rounds: the schedule's words in \now, the state in q0 (a to d) and q1 (e to h).
        .macro rounds now
        ld1     {v4.4s}, [x4], #16
        add     v4.4s, v4.4s, \now\().4s
        mov     v5.16b, v0.16b
        sha256h q0, q1, v4.4s
        sha256h2 q1, q5, v4.4s
        .endm

// The same, and the schedule's words of sixteen rounds later.
        .macro rounds_and_schedule now, second, third, fourth
        rounds  \now
        sha256su0 \now\().4s, \second\().4s
        sha256su1 \now\().4s, \third\().4s, \fourth\().4s
        .endm

// void sha256_blocks(uint* state, byte* data, ulong blocks): blocks of 64 bytes, at any alignment.
        .text
        .global sha256_blocks
sha256_blocks:
        cbz     x2, 2f
        ld1     {v0.4s, v1.4s}, [x0]
        adrp    x3, round_constants
        add     x3, x3, :lo12:round_constants
1:      ld1     {v16.16b, v17.16b, v18.16b, v19.16b}, [x1], #64
        rev32   v16.16b, v16.16b
        rev32   v17.16b, v17.16b
        rev32   v18.16b, v18.16b
        rev32   v19.16b, v19.16b
        mov     v2.16b, v0.16b
        mov     v3.16b, v1.16b
        mov     x4, x3
        .rept   3
        rounds_and_schedule v16, v17, v18, v19
        rounds_and_schedule v17, v18, v19, v16
        rounds_and_schedule v18, v19, v16, v17
        rounds_and_schedule v19, v16, v17, v18
        .endr
        rounds  v16
        rounds  v17
        rounds  v18
        rounds  v19
        add     v0.4s, v0.4s, v2.4s
        add     v1.4s, v1.4s, v3.4s
        subs    x2, x2, #1
        b.ne    1b
        st1     {v0.4s, v1.4s}, [x0]
2:      ret

        .section .rodata
        .balign 16
round_constants:                                // FIPS 180-4, 4.2.2
        .long   0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5
        .long   0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174
        .long   0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da
        .long   0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967
        .long   0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85
        .long   0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070
        .long   0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3
        .long   0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
        .section .note.GNU-stack, "", %progbits
