// Loads and stores of every width at pseudo-random addresses below 64 MiB: UARTs, RTC, PCI configuration, PCI memory, and the holes between.
// The stall detector is left alone: arming it at random would end the run, as it should.
	.include "machine.inc"
	.equ	ACCESSES, 20000
	image
	print	"start\n"
	ldr	x20, =ACCESSES
	ldr	x21, =0x9e3779b97f4a7c15
access:	eor	x21, x21, x21, lsl #13	// xorshift64
	eor	x21, x21, x21, lsr #7
	eor	x21, x21, x21, lsl #17
	lsr	x22, x21, #8
	tbz	x21, #0, 1f
	and	x22, x22, #0x3fff	// half of the accesses: the dense part of the map
	b	2f
1:	and	x22, x22, #0x3ffffff
2:	lsr	x23, x22, #12
	cmp	x23, #3
	b.eq	next
	lsr	x24, x21, #3
	ands	x25, x24, #3
	b.eq	byte
	cmp	x25, #1
	b.eq	half
	cmp	x25, #2
	b.eq	word
	and	x22, x22, #~7		// an unaligned access to device memory aborts in the guest
	tbz	x21, #6, 3f
	str	x21, [x22]
	b	next
3:	ldr	x26, [x22]
	b	next
byte:	tbz	x21, #6, 3f
	strb	w21, [x22]
	b	next
3:	ldrb	w26, [x22]
	b	next
half:	and	x22, x22, #~1
	tbz	x21, #6, 3f
	strh	w21, [x22]
	b	next
3:	ldrh	w26, [x22]
	b	next
word:	and	x22, x22, #~3
	tbz	x21, #6, 3f
	str	w21, [x22]
	b	next
3:	ldr	w26, [x22]
next:	subs	x20, x20, #1
	b.ne	access
	mov	x9, #UART
	strb	wzr, [x9, #3]		// LCR: the divisor latch is closed again
	strb	wzr, [x9, #4]		// MCR: no loopback
	print	"\nsurvived\n"
	psci	PSCI_SYSTEM_OFF
	library
