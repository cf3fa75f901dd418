// Measures one MMIO exit to user space and back, in ticks of the virtual counter, 100,000 times after 1,000 for warming up.
// The ticks are stored as words from 0x80400000. The guest stores the counter's frequency to the unmapped address + 16, and in the end the
// count of the samples to + 8, and powers off.
	.include "machine.inc"
	.equ	SAMPLES, 0x80400000
	.equ	WARM, 1000
	.equ	COUNT, 100000
	image	0x800000
	mov	x9, #UNMAPPED
	mrs	x1, cntfrq_el0
	str	x1, [x9, #16]
	mov	x1, #WARM
1:	ldr	w10, [x9]
	subs	x1, x1, #1
	b.ne	1b
	ldr	x2, =SAMPLES
	ldr	x1, =COUNT
2:	isb
	mrs	x3, cntvct_el0
	ldr	w10, [x9]
	isb
	mrs	x4, cntvct_el0
	sub	x4, x4, x3
	str	w4, [x2], #4
	subs	x1, x1, #1
	b.ne	2b
	dsb	sy
	ldr	x1, =COUNT
	str	x1, [x9, #8]
	psci	PSCI_SYSTEM_OFF
	library
