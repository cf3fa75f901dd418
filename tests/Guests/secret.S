// Fills 64 KiB at 0x80800000 with a word that no file and no register transfer ever held, says "ready", and then obeys the console:
// c  checks that the words are all still there; q  powers off.
	.include "machine.inc"
	.equ	SECRET, 0x80800000
	.equ	WORDS, 0x2000
	image	0x1000000
	// The word is computed, so that it is found in memory only where the guest stored it.
	ldr	x1, =0x2f610b93
	ldr	x2, =0x1b873593cc9e2d51
	mul	x20, x1, x2
	ldr	x1, =SECRET
	mov	x2, #WORDS
1:	str	x20, [x1], #8
	subs	x2, x2, #1
	b.ne	1b
	dsb	sy
	print	"ready\n"
command:
	bl	read_byte
	cmp	w11, #'q'
	b.eq	off
	cmp	w11, #'c'
	b.ne	command
	ldr	x1, =SECRET
	mov	x2, #WORDS
2:	ldr	x3, [x1], #8
	cmp	x3, x20
	b.ne	damaged
	subs	x2, x2, #1
	b.ne	2b
	print	"intact\n"
	b	command
damaged:
	print	"damaged\n"
	b	command
off:	psci	PSCI_SYSTEM_OFF
	library
