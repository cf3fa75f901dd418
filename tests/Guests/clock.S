// Prints the counter of the PL030 real-time clock, waits for a little more than a second of the virtual counter, prints it again.
	.include "machine.inc"
	image
	mov	x19, #RTC
	ldr	w20, [x19]		// RTCDR
	print	"first "
	print_hex x20
	mrs	x21, cntfrq_el0
	add	x21, x21, x21, lsr #3
	mrs	x22, cntvct_el0
	add	x21, x21, x22
1:	isb
	mrs	x22, cntvct_el0
	cmp	x22, x21
	b.lo	1b
	ldr	w20, [x19]
	print	"\nsecond "
	print_hex x20
	print	"\n"
	psci	PSCI_SYSTEM_OFF
	library
