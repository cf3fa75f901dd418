// Prints what a firmware leaves to the kernel it starts: whether x0 is a device tree, and all bits that are set in the other registers, in the vector
// registers, in the firmware's working memory but its last page, and in that page; then SCTLR_EL1.
	.include "machine.inc"
	.equ	SCRATCH, 0x7fe00000
	.equ	LAST_PAGE, 0x7ffff000
	.equ	SCRATCH_END, 0x80000000
	image
	.irp	number, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29
	orr	x1, x1, x\number
	.endr
	mov	x20, x1
	ldr	w21, [x0]
	mov	x2, #(3 << 20)			// CPACR_EL1.FPEN
	msr	cpacr_el1, x2
	isb
	.irp	number, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	orr	v0.16b, v0.16b, v\number\().16b
	.endr
	mov	x22, v0.d[0]
	mov	x2, v0.d[1]
	orr	x22, x22, x2
	ldr	x2, =SCRATCH
	ldr	x3, =LAST_PAGE
	mov	x23, xzr
1:	ldr	x4, [x2], #8
	orr	x23, x23, x4
	cmp	x2, x3
	b.lo	1b
	ldr	x3, =SCRATCH_END
	mov	x24, xzr
2:	ldr	x4, [x2], #8
	orr	x24, x24, x4
	cmp	x2, x3
	b.lo	2b
	mrs	x25, sctlr_el1
	print	"tree "
	print_hex x21
	print	"\nregisters "
	print_hex x20
	print	"\nvectors "
	print_hex x22
	print	"\nscratch "
	print_hex x23
	print	"\nlast page "
	print_hex x24
	print	"\nsctlr "
	print_hex x25
	print	"\n"
	psci	PSCI_SYSTEM_OFF
	library
