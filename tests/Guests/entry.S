// Prints what a kernel is given at its first instruction: x0 to x3, the address it runs from, EL and interrupt masks, and the word at x0.
	.include "machine.inc"
	image
	mov	x20, x0
	mov	x21, x1
	mov	x22, x2
	mov	x23, x3
	mrs	x24, CurrentEL
	mrs	x25, daif
	mrs	x26, mpidr_el1
	print	"x0 "
	print_hex x20
	print	"\nx1 "
	print_hex x21
	print	"\nx2 "
	print_hex x22
	print	"\nx3 "
	print_hex x23
	print	"\nstart "
	adr	x27, _start
	print_hex x27
	print	"\nel "
	lsr	x24, x24, #2
	print_hex x24
	print	"\nmasks "
	print_hex x25
	print	"\nmpidr "
	print_hex x26
	print	"\nmagic "
	ldr	w28, [x20]
	print_hex x28
	print	"\n"
	psci	PSCI_SYSTEM_OFF
	library
