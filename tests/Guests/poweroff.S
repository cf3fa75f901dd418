// Says one word and powers off: the shortest life of a guest.
	.include "machine.inc"
	image
	print	"up\n"
	psci	PSCI_SYSTEM_OFF
	library
