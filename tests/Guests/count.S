// Prints 0, 1, 2 … for ever, a line about every 20 ms: a guest whose standstill can be seen.
	.include "machine.inc"
	image
	mov	x20, #0
	mrs	x21, cntfrq_el0
	mov	x22, #50
	udiv	x21, x21, x22
next:	print_hex x20
	print	"\n"
	add	x20, x20, #1
	mrs	x22, cntvct_el0
	add	x22, x22, x21
1:	isb
	mrs	x23, cntvct_el0
	cmp	x23, x22
	b.lo	1b
	b	next
	library
