// Arms its stall detector and then feeds it no more.
	.include "machine.inc"
	image
	print	"armed\n"
	mov	x9, #STALL_DETECTOR
	mov	w10, #2
	str	w10, [x9, #0xc]		// CLOCK_FREQ_HZ
	str	w10, [x9, #4]		// LOAD_CNT: one second
	mov	w10, #1
	str	w10, [x9]		// STATUS: on
	b	.
	library
