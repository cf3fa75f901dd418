// Sends back each byte of the first UART; Ctrl-D ends it. A byte is sent only when the transmitter is empty, so nothing may be lost.
	.include "machine.inc"
	.equ	DR_AND_THRE, 0x21
	image
	print	"ready\n"
	mov	w13, #DR_AND_THRE
next:	ldrb	w12, [x9, #5]		// LSR
	bics	wzr, w13, w12
	b.ne	next
	ldrb	w11, [x9]
	cmp	w11, #4
	b.eq	end
	strb	w11, [x9]
	b	next
end:	psci	PSCI_SYSTEM_OFF
	library
