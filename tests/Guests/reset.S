// Asks for a reset at once.
	.include "machine.inc"
	image
	psci	PSCI_SYSTEM_RESET
	library
