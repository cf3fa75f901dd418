// Sends back each byte of the first UART; Ctrl-D ends it. A byte is sent only when the transmitter is empty, so nothing may be lost.
	.include "machine.inc"
	image
	print	"ready\n"
next:	bl	read_byte
	cmp	w11, #4
	b.eq	end
2:	ldrb	w12, [x9, #5]
	tbz	w12, #5, 2b
	strb	w11, [x9]
	b	next
end:	psci	PSCI_SYSTEM_OFF
	library
