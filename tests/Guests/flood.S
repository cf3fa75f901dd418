// Stores 20,000 bytes to the first UART without ever asking whether it has room, turns all its interrupts on and off in between, powers off.
	.include "machine.inc"
	.equ	STORES, 10000
	image
	mov	x9, #UART
	ldr	x20, =STORES
	mov	w11, #'f'
	mov	w12, #0xf
1:	strb	w11, [x9]
	strb	w11, [x9]
	tst	x20, #0xff
	b.ne	2f
	strb	w12, [x9, #1]		// IER
	strb	wzr, [x9, #1]
2:	subs	x20, x20, #1
	b.ne	1b
	psci	PSCI_SYSTEM_OFF
	library
