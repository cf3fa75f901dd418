// Touches an unmapped address with a load pair, which gives KVM no syndrome to emulate from: the guest must get an abort it can handle.
	.include "machine.inc"
	image
	adr	x1, vectors
	msr	vbar_el1, x1
	isb
	mov	x9, #UNMAPPED
	ldp	x10, x11, [x9]
	print	"no abort\n"
	psci	PSCI_SYSTEM_OFF
	library

	.balign	2048
vectors:
	.balign	0x200			// current EL with SP_ELx: synchronous
	.space	0x200 - (. - vectors)
	mrs	x1, esr_el1
	lsr	x1, x1, #26
	cmp	x1, #0x25		// data abort from the same EL
	b.ne	1f
	print	"abort\n"
	psci	PSCI_SYSTEM_OFF
1:	print	"another exception\n"
	psci	PSCI_SYSTEM_OFF
