// Prints the secrets that the firmware handed over: its page, from the first byte to the last that is not zero, in hexadecimal; then powers off.
	.include "machine.inc"
	.equ	HANDOVER, 0x7ffff000	// src/Pvmfw/Platform/FirmwareLayout.cs
	image
	ldr	x20, =HANDOVER
	add	x21, x20, #4096
1:	cmp	x21, x20
	b.eq	2f
	ldr	x22, [x21, #-8]!
	cbz	x22, 1b
	add	x21, x21, #8
2:	print	"handover "
3:	cmp	x20, x21
	b.eq	4f
	ldr	x22, [x20], #8
	rev	x22, x22
	print_hex x22
	b	3b
4:	print	"\n"
	psci	PSCI_SYSTEM_OFF
	library
