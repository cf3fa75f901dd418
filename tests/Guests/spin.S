// Never leaves the guest on its own again: what a kick has to reach.
	.include "machine.inc"
	image
	print	"up\n"
	b	.
	library
